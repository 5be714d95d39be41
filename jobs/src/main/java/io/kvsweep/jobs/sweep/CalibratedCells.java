package io.kvsweep.jobs.sweep;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.canonical.DatasetManifest;
import io.kvsweep.datasets.canonical.PromptInfo;
import io.kvsweep.datasets.canonical.TensorInfo;
import io.kvsweep.jobs.calibrate.ArtefactFolder;
import io.kvsweep.jobs.storage.Storage;
import io.kvsweep.udfs.artefact.Recipe;
import io.kvsweep.udfs.measure.Cell;
import io.kvsweep.udfs.spec.MethodRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Gives cells of calibrated methods the artefact of each model. */
public final class CalibratedCells {
  private final MethodRegistry registry;
  private final String dataset;
  private final DatasetManifest manifest;
  private final Optional<ArtefactFolder> folder;
  private final Map<String, Optional<ArtefactFolder.Found>> found = new HashMap<>();

  /**
   * Of these artefacts, if there are any.
   *
   * @param dataset its path, for messages
   */
  public CalibratedCells(
      MethodRegistry registry,
      String dataset,
      DatasetManifest manifest,
      Optional<ArtefactFolder> folder) {
    this.registry = registry;
    this.dataset = dataset;
    this.manifest = manifest;
    this.folder = folder;
  }

  /**
   * The cell of a model.
   *
   * @param cell of any method; one that needs no artefact is returned as it is
   * @param prompts of the model that it would score
   * @throws InvalidInputException if there is no artefact, or one that was fitted on these prompts
   */
  public Cell of(Cell cell, String model, List<PromptInfo> prompts) {
    Optional<String> calibrated = cell.calibrated(registry);
    if (calibrated.isEmpty()) {
      return cell;
    }
    String spec = calibrated.get();
    Optional<ArtefactFolder.Found> artefact =
        found.computeIfAbsent(model + "\n" + spec, key -> folder.flatMap(f -> f.find(model, spec)));
    if (artefact.isEmpty()) {
      if (prompts.stream().anyMatch(CalibratedCells::isPredicted)) {
        throw missing(spec, model, prompts);
      }
      return cell;
    }
    refuseFittedOn(artefact.get(), prompts);
    return Cell.of(
        registry,
        registry.expand(cell.spec()).get(0),
        cell.kind(),
        cell.seed(),
        Optional.of(artefact.get().ref()));
  }

  /** One layer needs no predictor, and layers with a gap fail whatever the predictors. */
  private static boolean isPredicted(PromptInfo prompt) {
    List<Integer> layers = prompt.layers();
    return layers.size() > 1 && layers.get(layers.size() - 1) - layers.get(0) == layers.size() - 1;
  }

  private InvalidInputException missing(String spec, String model, List<PromptInfo> prompts) {
    Set<String> swept = prompts.stream().map(PromptInfo::prompt).collect(Collectors.toSet());
    Set<String> others =
        manifest.prompts().stream()
            .filter(prompt -> prompt.model().equals(model) && !swept.contains(prompt.prompt()))
            .map(PromptInfo::prompt)
            .collect(Collectors.toCollection(TreeSet::new));
    String where = folder.map(f -> " in " + f).orElse(", and no --artefacts is given");
    return new InvalidInputException(
        "'%s' is calibrated, and there is no artefact of model '%s' for it%s; make one with: kvsweep calibrate '%s' --dataset %s --models '%s' --prompts %s --out %s%s"
            .formatted(
                spec,
                model,
                where,
                spec,
                dataset,
                model,
                others.isEmpty() ? "P" : "'" + String.join(",", others) + "'",
                folder.map(ArtefactFolder::toString).orElse("A"),
                others.isEmpty() ? " (with prompts that the sweep leaves out)" : ""));
  }

  private static void refuseFittedOn(ArtefactFolder.Found found, List<PromptInfo> prompts) {
    Recipe recipe = found.artefact().recipe();
    Set<String> hashes =
        recipe.inputs().stream().map(Recipe.Input::sha256).collect(Collectors.toSet());
    for (PromptInfo prompt : prompts) {
      boolean known =
          recipe.prompts().contains(prompt.prompt())
              || prompt.tensors().stream().map(TensorInfo::sha256).anyMatch(hashes::contains);
      if (known) {
        throw new InvalidInputException(
            "prompt '%s' was used to calibrate '%s' (%s): its score would flatter; leave it out of 'prompts', or calibrate on others than %s"
                .formatted(
                    prompt.key(),
                    recipe.spec(),
                    Storage.show(found.file()),
                    String.join(", ", recipe.prompts())));
      }
    }
  }
}
