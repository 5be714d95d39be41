package io.kvsweep.jobs.claims;

import io.kvsweep.jobs.stats.ClusterBootstrap;
import io.kvsweep.jobs.stats.Estimate;
import io.kvsweep.jobs.stats.Observation;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;

/**
 * One finite number per place.
 *
 * @param geometric whether the numbers, all above 0, are averaged as logarithms, as ratios are
 */
record Sample(SortedMap<Place, Double> values, boolean geometric) {
  static Sample ofNumbers(Map<Place, Double> values) {
    return new Sample(new TreeMap<>(values), false);
  }

  static Sample ofRatios(Map<Place, Double> values) {
    return new Sample(new TreeMap<>(values), true);
  }

  /** Mean of all models, each of which counts once. */
  Estimate overall() {
    return estimate(values.keySet());
  }

  /**
   * Mean and interval of the models with more than one prompt: with one prompt nothing tells how
   * much prompts differ.
   */
  Estimate replicated() {
    Map<String, Long> prompts = promptsByModel();
    return estimate(values.keySet().stream().filter(p -> prompts.get(p.model()) > 1).toList());
  }

  /** Models with a single prompt. */
  List<String> singles() {
    return promptsByModel().entrySet().stream()
        .filter(model -> model.getValue() == 1)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Mean of each model. */
  SortedMap<String, Double> byModel() {
    SortedMap<String, Double> means = new TreeMap<>();
    for (String model : promptsByModel().keySet()) {
      means.put(
          model,
          estimate(values.keySet().stream().filter(p -> p.model().equals(model)).toList()).mean());
    }
    return means;
  }

  private SortedMap<String, Long> promptsByModel() {
    return values.keySet().stream()
        .map(place -> List.of(place.model(), place.prompt()))
        .distinct()
        .collect(Collectors.groupingBy(p -> p.get(0), TreeMap::new, Collectors.counting()));
  }

  private Estimate estimate(Collection<Place> places) {
    DoubleUnaryOperator in = geometric ? Math::log : x -> x;
    DoubleUnaryOperator out = geometric ? Math::exp : x -> x;
    return ClusterBootstrap.STANDARD
        .mean(
            places.stream()
                .map(p -> new Observation(p.model(), p.prompt(), in.applyAsDouble(values.get(p))))
                .toList())
        .map(out);
  }
}
