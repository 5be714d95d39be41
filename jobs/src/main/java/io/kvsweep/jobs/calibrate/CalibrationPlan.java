package io.kvsweep.jobs.calibrate;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.canonical.DatasetManifest;
import io.kvsweep.datasets.canonical.PromptInfo;
import io.kvsweep.datasets.canonical.TensorInfo;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.jobs.config.NameGlobs;
import io.kvsweep.udfs.artefact.Recipe;
import io.kvsweep.udfs.block.UnencodableException;
import io.kvsweep.udfs.measure.UnitKey;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.method.aqua.AquaCodec;
import io.kvsweep.udfs.method.aqua.AquaMethod;
import io.kvsweep.udfs.spec.MethodSpec;
import io.kvsweep.udfs.spec.Pipeline;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One calibration, from metadata alone: a model, a specification and the tokens to fit on.
 *
 * @param recipe what the artefact will follow from
 * @param layers captured layers, ascending, without a gap
 * @param shape of keys and values of the first prompt
 * @param blocks all tokens of the calibration prompts but the sinks
 */
record CalibrationPlan(
    Recipe recipe, List<Integer> layers, TensorShape shape, List<TokenBlock> blocks) {
  private static final int BLOCK_TOKENS = 4096;
  private static final long SEED = 1; // calibrated methods do not depend on it

  /**
   * One plan for every model that the globs select and every specification.
   *
   * @throws InvalidInputException if the method is not calibrated, names match nothing, or a prompt
   *     has no layers to fit on
   */
  static List<CalibrationPlan> of(
      String spec, List<String> models, List<String> prompts, DatasetManifest manifest) {
    return of(spec, models, prompts, manifest, BLOCK_TOKENS);
  }

  static List<CalibrationPlan> of(
      String spec,
      List<String> models,
      List<String> prompts,
      DatasetManifest manifest,
      int blockTokens) {
    Set<String> selected =
        NameGlobs.select(
            "model", models, manifest.prompts().stream().map(PromptInfo::model).toList());
    List<PromptInfo> ofModels =
        manifest.prompts().stream().filter(p -> selected.contains(p.model())).toList();
    Set<String> names =
        NameGlobs.select("prompt", prompts, ofModels.stream().map(PromptInfo::prompt).toList());
    List<CalibrationPlan> plans = new ArrayList<>();
    for (MethodSpec method : Methods.STANDARD.expand(spec)) {
      for (String model : selected) {
        List<PromptInfo> chosen =
            ofModels.stream()
                .filter(p -> p.model().equals(model) && names.contains(p.prompt()))
                .toList();
        if (chosen.isEmpty()) {
          throw new InvalidInputException(
              "model '%s' has none of the prompts %s; name others with --prompts or leave the model out with --models"
                  .formatted(model, prompts));
        }
        plans.add(of(method.toString(), manifest.model(model), chosen, blockTokens));
      }
    }
    return plans;
  }

  private static CalibrationPlan of(
      String spec, ModelInfo model, List<PromptInfo> prompts, int blockTokens) {
    Pipeline pipeline = Methods.STANDARD.pipeline(spec, SEED);
    if (!(pipeline.codec() instanceof AquaCodec codec)) {
      throw new InvalidInputException(
          "'%s' needs no calibration; it can be swept as it is".formatted(spec));
    }
    if (pipeline.selector().isPresent()) {
      throw new InvalidInputException(
          "'%s' is calibrated without its selector; give calibrate '%s', which serves both"
              .formatted(spec, pipeline.codecSpec()));
    }
    PromptInfo first = prompts.get(0);
    List<Integer> layers = first.layers(TensorKind.KEY);
    List<TokenBlock> blocks = new ArrayList<>();
    List<Recipe.Input> inputs = new ArrayList<>();
    for (PromptInfo prompt : prompts) {
      check(prompt, layers, shape(first));
      String unitId = UnitKey.ofPrompt(model, prompt).unitId();
      for (int from = codec.sinks(); from < prompt.tokens(); from += blockTokens) {
        int tokens = Math.min(blockTokens, prompt.tokens() - from);
        blocks.add(
            new TokenBlock(blocks.size(), unitId, model.model(), prompt.prompt(), from, tokens));
      }
      for (TensorInfo tensor : prompt.tensors()) {
        if (tensor.kind().isCached()) {
          inputs.add(new Recipe.Input(prompt.prompt(), tensor.name(), tensor.sha256()));
        }
      }
    }
    if (blocks.isEmpty()) {
      throw new InvalidInputException(
          "the calibration prompts of model '%s' have no token behind the %d sinks; add longer ones"
              .formatted(model.model(), codec.sinks()));
    }
    if (layers.size() == 1) {
      throw new InvalidInputException(
          "model '%s' has one captured layer, which nothing predicts; '%s' can be swept on it without calibration"
              .formatted(model.model(), spec));
    }
    try {
      codec.coder(0, shape(first).channels());
      codec.coder(1, shape(first).channels());
    } catch (UnencodableException e) {
      throw new InvalidInputException("model '%s': %s".formatted(model.model(), e.getMessage()), e);
    }
    Recipe recipe = new Recipe(model.model(), pipeline.spec(), AquaMethod.fitter(pipeline), inputs);
    return new CalibrationPlan(recipe, layers, shape(first), List.copyOf(blocks));
  }

  private static TensorShape shape(PromptInfo prompt) {
    return prompt
        .tensor(prompt.layers().get(0), TensorKind.KEY)
        .map(TensorInfo::shape)
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "%s: layer %d has no keys; AQUA-KV needs keys and values of every layer"
                        .formatted(prompt.key(), prompt.layers().get(0))));
  }

  private static void check(PromptInfo prompt, List<Integer> layers, TensorShape shape) {
    for (int i = 1; i < layers.size(); i++) {
      if (layers.get(i) != layers.get(i - 1) + 1) {
        throw new InvalidInputException(
            "%s: no layer between %d and %d was captured; a cross-layer method needs them without a gap"
                .formatted(prompt.key(), layers.get(i - 1), layers.get(i)));
      }
    }
    for (TensorKind kind : List.of(TensorKind.KEY, TensorKind.VALUE)) {
      boolean fits =
          prompt.layers().equals(layers)
              && layers.stream()
                  .map(layer -> prompt.tensor(layer, kind).map(TensorInfo::shape))
                  .allMatch(s -> s.equals(Optional.of(shape.withTokens(prompt.tokens()))));
      if (!fits) {
        throw new InvalidInputException(
            "%s: expected %ss of shape [%d, %d, %d] in the layers %s, as the first calibration prompt; leave this prompt out"
                .formatted(
                    prompt.key(),
                    kind.label(),
                    prompt.tokens(),
                    shape.heads(),
                    shape.headDim(),
                    layers));
      }
    }
  }
}
