package io.kvsweep.jobs.config;

import io.kvsweep.udfs.measure.CellKind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a sweep file asks for, overrides applied and every value checked. Whether names exist is for
 * the plan to say, which knows the dataset ({@link NameGlobs}).
 *
 * @param dataset path, already resolved against the file
 * @param output path, already resolved against the file
 * @param models globs over model names; {@code *} where the file does not say
 * @param prompts globs over prompt names; {@code *} where the file does not say
 * @param kinds what is compressed, in the order of {@link CellKind}
 * @param methods at least one, in the order of the file
 */
public record SweepConfig(
    Optional<String> dataset,
    Optional<String> output,
    List<String> models,
    List<String> prompts,
    LayerSelection layers,
    List<CellKind> kinds,
    long seed,
    List<MethodEntry> methods) {
  public SweepConfig {
    models = List.copyOf(models);
    prompts = List.copyOf(prompts);
    kinds = kinds.stream().distinct().sorted().toList();
    methods = List.copyOf(methods);
  }

  /** The same on another dataset, if one is given. */
  public SweepConfig withDataset(Optional<String> path) {
    return new SweepConfig(
        path.or(() -> dataset), output, models, prompts, layers, kinds, seed, methods);
  }

  /** The same with another output, if one is given. */
  public SweepConfig withOutput(Optional<String> path) {
    return new SweepConfig(
        dataset, path.or(() -> output), models, prompts, layers, kinds, seed, methods);
  }

  /** As plain values under the keys of the file, for the run manifest. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("dataset", dataset.orElse(null));
    map.put("output", output.orElse(null));
    map.put("models", models);
    map.put("prompts", prompts);
    map.put("layers", layers.toString());
    map.put("kinds", kinds.stream().map(CellKind::label).toList());
    map.put("seed", seed);
    map.put("methods", methods.stream().map(MethodEntry::spec).toList());
    return map;
  }
}
