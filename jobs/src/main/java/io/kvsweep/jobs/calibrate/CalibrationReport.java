package io.kvsweep.jobs.calibrate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.table.TextTable;
import io.kvsweep.udfs.artefact.Recipe;
import io.kvsweep.udfs.method.aqua.LayerPredictors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a calibration cost and what its predictors are worth.
 *
 * @param recipe hash of the recipe
 * @param tokens fitted on, over all prompts, without sinks
 * @param coreSeconds CPU time of tasks and of the driver's solver, without Spark's own; work that
 *     Spark repeats counts again
 * @param cost the same, split by what it grows with; null with two layers, which do not tell
 * @param bytesRead captured bytes that were read, as often as they were
 * @param artefactBytes length of the artefact's file
 * @param adapterBytes the predictors in it
 * @param layers above the first
 */
public record CalibrationReport(
    String model,
    String methodSpec,
    String fitter,
    String recipe,
    List<String> prompts,
    long tokens,
    double coreSeconds,
    CalibrationCost cost,
    long bytesRead,
    long artefactBytes,
    long adapterBytes,
    List<Layer> layers) {

  /**
   * One layer.
   *
   * @param keyRelMse error of predicted keys over squares of keys, on the calibration tokens
   * @param keyBits its worth in bits per value, {@code -log4}
   */
  public record Layer(
      int layer, double keyRelMse, double keyBits, double valueRelMse, double valueBits) {}

  static CalibrationReport of(
      CalibrationPlan plan,
      List<LayerPredictors> fitted,
      CalibrationCost.Parts measured,
      long bytesRead,
      long artefactBytes,
      long adapterBytes) {
    Recipe recipe = plan.recipe();
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < fitted.size(); i++) {
      LayerPredictors layer = fitted.get(i);
      layers.add(
          new Layer(
              plan.layers().get(i + 1),
              layer.keyRelMse(),
              LayerPredictors.bits(layer.keyRelMse()),
              layer.valueRelMse(),
              LayerPredictors.bits(layer.valueRelMse())));
    }
    long tokens = plan.blocks().stream().mapToLong(TokenBlock::tokens).sum();
    int captured = plan.layers().size();
    return new CalibrationReport(
        recipe.model(),
        recipe.spec(),
        recipe.fitter(),
        recipe.hash(),
        recipe.prompts(),
        tokens,
        measured.total(),
        captured < 3
            ? null
            : CalibrationCost.of(plan.shape().channels(), tokens, captured, measured),
        bytesRead,
        artefactBytes,
        adapterBytes,
        layers);
  }

  private static JsonMapper mapper() {
    return JsonMapper.builder()
        .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
        .enable(SerializationFeature.INDENT_OUTPUT)
        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .build();
  }

  /**
   * A report as it was stored.
   *
   * @param name of its file, for messages
   * @throws InvalidInputException if it is none, or one of a version that told less
   */
  static CalibrationReport ofJson(byte[] json, String name) {
    try {
      return mapper().readValue(json, CalibrationReport.class);
    } catch (IOException e) {
      throw new InvalidInputException(
          "%s: not the report of a calibration (%s); delete it with its artefact and calibrate again"
              .formatted(name, e.getMessage().lines().findFirst().orElse("")),
          e);
    }
  }

  String toJson() {
    try {
      return mapper().writeValueAsString(this) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a report holds plain values only", e);
    }
  }

  /** For people. */
  public String text() {
    TextTable table =
        new TextTable(List.of("layer", "key relMSE", "key bits", "value relMSE", "value bits"), 0);
    for (Layer layer : layers) {
      table.row(
          List.of(
              Integer.toString(layer.layer()),
              number(layer.keyRelMse(), 4),
              number(layer.keyBits(), 2),
              number(layer.valueRelMse(), 4),
              number(layer.valueBits(), 2)));
    }
    return "%s, %s: %d tokens of %s%n%s%s core-seconds, %d bytes read, %d bytes of predictors%n"
        .formatted(
            model,
            methodSpec,
            tokens,
            String.join(", ", prompts),
            table,
            number(coreSeconds, 2),
            bytesRead,
            adapterBytes);
  }

  private static String number(double value, int digits) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
