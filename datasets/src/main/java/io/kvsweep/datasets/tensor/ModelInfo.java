package io.kvsweep.datasets.tensor;

import java.util.Objects;
import java.util.Optional;

/**
 * What all captures of one model share.
 *
 * @param model its name
 * @param architecture class name in its framework, informative
 * @param queryHeads attention heads of the queries, 0 where neither they nor their moments were
 *     captured
 * @param kvHeads heads of keys and values
 * @param headDim channels of a head
 * @param keyStage rotary stage of captured keys
 * @param queryStage rotary stage of captured queries; where there are none, as the keys, or as told
 * @param rope rotary parameters; empty exactly where the model has no rotary embedding
 * @param attentionScale factor on q.k
 */
public record ModelInfo(
    String model,
    String architecture,
    int queryHeads,
    int kvHeads,
    int headDim,
    RopeStage keyStage,
    RopeStage queryStage,
    Optional<Rope> rope,
    double attentionScale) {
  /**
   * Rotary stage that a tensor of this kind must have: as captured, values never rotated, moments
   * of queries as attention uses them.
   */
  public RopeStage stage(TensorKind kind) {
    return switch (kind) {
      case KEY -> keyStage;
      case QUERY -> queryStage;
      case VALUE -> RopeStage.NONE;
      case QUERY_MOMENT -> rope.isPresent() ? RopeStage.POST : RopeStage.NONE;
    };
  }

  /** Heads that a tensor of this kind must have. */
  public int heads(TensorKind kind) {
    return kind.isCached() ? kvHeads : queryHeads;
  }

  public ModelInfo {
    Objects.requireNonNull(model);
    Objects.requireNonNull(architecture);
    if (kvHeads < 1 || headDim < 1 || queryHeads < 0 || queryHeads % kvHeads != 0) {
      throw new IllegalArgumentException(
          "model '%s': %d query heads and %d KV heads of dimension %d: query heads must be a multiple of KV heads"
              .formatted(model, queryHeads, kvHeads, headDim));
    }
    boolean rotates = keyStage != RopeStage.NONE || queryStage != RopeStage.NONE;
    if (rotates != rope.isPresent()) {
      throw new IllegalArgumentException(
          "model '%s': rotary stages key=%s query=%s need rope parameters exactly if one is not none"
              .formatted(model, keyStage.label(), queryStage.label()));
    }
    if (!(attentionScale > 0) || Double.isInfinite(attentionScale)) {
      throw new IllegalArgumentException(
          "model '%s': attention_scale %s must be a positive number"
              .formatted(model, attentionScale));
    }
  }
}
