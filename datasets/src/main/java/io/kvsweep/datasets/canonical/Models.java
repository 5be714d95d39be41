package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.ModelInfo;
import java.util.ArrayList;
import java.util.List;

/** Brings together what several captures say of one model. */
final class Models {
  private Models() {}

  /**
   * The model that both describe. Query heads are known to captures with queries or moments of
   * them, the stage of queries to captures with queries alone; who does not know takes them from
   * the other.
   *
   * @param knownQueries whether there are queries by the known one
   * @param nextQueries whether the next has queries
   * @throws InvalidInputException naming what differs
   */
  static ModelInfo merge(
      ModelInfo known, boolean knownQueries, ModelInfo next, boolean nextQueries, String place) {
    List<String> differences = new ArrayList<>();
    compare(differences, "architecture", known.architecture(), next.architecture());
    compare(differences, "KV heads", known.kvHeads(), next.kvHeads());
    compare(differences, "head dimension", known.headDim(), next.headDim());
    compare(differences, "key_rope_stage", known.keyStage().label(), next.keyStage().label());
    compare(differences, "rope", known.rope(), next.rope());
    compare(differences, "attention_scale", known.attentionScale(), next.attentionScale());
    if (known.queryHeads() > 0 && next.queryHeads() > 0) {
      compare(differences, "query heads", known.queryHeads(), next.queryHeads());
    }
    if (knownQueries && nextQueries) {
      compare(
          differences, "query_rope_stage", known.queryStage().label(), next.queryStage().label());
    }
    if (!differences.isEmpty()) {
      throw new InvalidInputException(
          "%s: model '%s' differs from the one known by that name: %s; give one of them another name"
              .formatted(place, next.model(), String.join("; ", differences)));
    }
    if (knownQueries || nextQueries) {
      return knownQueries ? known : next;
    }
    return known.queryHeads() > 0 ? known : next;
  }

  private static void compare(List<String> differences, String what, Object known, Object next) {
    if (!known.equals(next)) {
      differences.add("%s is %s, expected %s".formatted(what, next, known));
    }
  }
}
