package io.kvsweep.jobs.sweep;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.canonical.DatasetManifest;
import io.kvsweep.datasets.canonical.PromptInfo;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.jobs.calibrate.ArtefactFolder;
import io.kvsweep.jobs.config.LayerSelection;
import io.kvsweep.jobs.config.MethodEntry;
import io.kvsweep.jobs.config.NameGlobs;
import io.kvsweep.jobs.config.SweepConfig;
import io.kvsweep.jobs.results.DoneCells;
import io.kvsweep.udfs.measure.Cell;
import io.kvsweep.udfs.measure.CellKind;
import io.kvsweep.udfs.measure.UnitKey;
import io.kvsweep.udfs.result.Status;
import io.kvsweep.udfs.spec.MethodRegistry;
import io.kvsweep.udfs.spec.MethodSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;

/**
 * What a sweep has to do, from metadata alone: every (cell, unit) that is not published yet, units
 * of the largest estimated cost first.
 *
 * @param units units with at least one pending cell
 * @param published (cell, unit) pairs of this sweep that earlier runs published
 * @param failedBefore the failed ones among them
 */
public record SweepPlan(List<PlannedUnit> units, long published, long failedBefore) {

  /** (cell, unit) pairs to be measured. */
  public long pendingCells() {
    return units.stream().mapToLong(unit -> unit.cells().size()).sum();
  }

  /** Plans without artefacts. */
  static SweepPlan of(
      SweepConfig config, DatasetManifest manifest, MethodRegistry registry, DoneCells done) {
    return of(
        config,
        manifest,
        registry,
        done,
        Optional.empty(),
        new ExternalDatasets(new Configuration(false)));
  }

  /**
   * Plans.
   *
   * @param artefacts of calibrated methods
   * @param external opens what external methods reconstructed
   * @throws InvalidInputException if models, prompts or layers that the sweep names do not exist,
   *     or the artefacts or reconstructions do not suit them
   */
  static SweepPlan of(
      SweepConfig config,
      DatasetManifest manifest,
      MethodRegistry registry,
      DoneCells done,
      Optional<ArtefactFolder> artefacts,
      ExternalDatasets external) {
    Planner planner = new Planner(done);
    List<Cell> layerCells = new ArrayList<>();
    List<Cell> promptCells = new ArrayList<>();
    ExternalCells externalCells = new ExternalCells(registry, external);
    for (Cell cell : cells(config, registry, externalCells)) {
      (cell.crossLayer(registry) ? promptCells : layerCells).add(cell);
    }
    boolean anyLayer = false;
    List<PromptInfo> prompts = NameGlobs.prompts(config.models(), config.prompts(), manifest);
    externalCells.check(prompts);
    Map<String, List<Cell>> promptCellsOf =
        ofModels(
            promptCells,
            prompts,
            new CalibratedCells(registry, config.dataset().orElse("D"), manifest, artefacts));
    for (PromptInfo prompt : prompts) {
      ModelInfo model = manifest.model(prompt.model());
      for (int layer : prompt.layers()) {
        if (config.layers().contains(layer)) {
          anyLayer = true;
          UnitKey unit = UnitKey.ofLayer(model, prompt, layer);
          planner.add(
              unit,
              layerCells.stream().map(c -> externalCells.of(c, unit, model, prompt)).toList(),
              UnitCost.values(prompt, layer),
              UnitCost.of(prompt, layer));
        }
      }
      planner.add(
          UnitKey.ofPrompt(model, prompt),
          promptCellsOf.get(prompt.model()),
          prompt.layers().stream().mapToLong(layer -> UnitCost.values(prompt, layer)).sum(),
          prompt.layers().stream()
              .map(layer -> UnitCost.of(prompt, layer))
              .reduce(UnitCost.NOTHING, UnitCost::plus));
    }
    if (!anyLayer) {
      throw new InvalidInputException(
          "no selected prompt has a layer of 'layers: %s'; they have: %s"
              .formatted(
                  config.layers().listed().map(LayerSelection::ranges).orElse("all"),
                  layers(prompts)));
    }
    planner.units.sort(
        Comparator.comparingDouble(PlannedUnit::cost)
            .reversed()
            .thenComparing(unit -> unit.key().unitId()));
    return new SweepPlan(List.copyOf(planner.units), planner.published, planner.failedBefore);
  }

  /**
   * Layers that the sweep lists and no prompt of it has, in words. No error where others are there:
   * captures hold any subset of layers, and a range is meant to take what it finds.
   */
  static Optional<String> missingLayers(SweepConfig config, DatasetManifest manifest) {
    List<PromptInfo> prompts = NameGlobs.prompts(config.models(), config.prompts(), manifest);
    SortedSet<Integer> missing = new TreeSet<>(config.layers().listed().orElse(new TreeSet<>()));
    prompts.forEach(prompt -> missing.removeAll(prompt.layers()));
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "no selected prompt has layers %s; they have: %s"
                .formatted(LayerSelection.ranges(missing), layers(prompts)));
  }

  private static String layers(List<PromptInfo> prompts) {
    return LayerSelection.ranges(
        prompts.stream()
            .flatMap(prompt -> prompt.layers().stream())
            .collect(Collectors.toCollection(TreeSet::new)));
  }

  /** Cells of calibrated methods differ from model to model. */
  private static Map<String, List<Cell>> ofModels(
      List<Cell> cells, List<PromptInfo> prompts, CalibratedCells calibrated) {
    Map<String, List<PromptInfo>> byModel =
        prompts.stream().collect(Collectors.groupingBy(PromptInfo::model));
    Map<String, List<Cell>> out = new LinkedHashMap<>();
    byModel.forEach(
        (model, own) ->
            out.put(model, cells.stream().map(c -> calibrated.of(c, model, own)).toList()));
    return out;
  }

  private static List<Cell> cells(
      SweepConfig config, MethodRegistry registry, ExternalCells externalCells) {
    Map<String, Cell> cells = new LinkedHashMap<>();
    for (MethodEntry entry : config.methods()) {
      for (MethodSpec spec : registry.expand(entry.spec())) {
        for (CellKind kind : config.kinds()) {
          Cell cell = Cell.of(registry, spec, kind, config.seed());
          externalCells.open(cell, entry);
          cells.putIfAbsent(cell.cellId(), cell);
        }
      }
    }
    return List.copyOf(cells.values());
  }

  /** Collects units, leaving out what is published. */
  private static final class Planner {
    private final DoneCells done;
    private final List<PlannedUnit> units = new ArrayList<>();
    private long published;
    private long failedBefore;

    Planner(DoneCells done) {
      this.done = done;
    }

    void add(UnitKey unit, List<Cell> cells, long values, UnitCost estimate) {
      List<Cell> pending = new ArrayList<>();
      for (Cell cell : cells) {
        Status status = done.status(cell.cellId(), unit.unitId()).orElse(null);
        if (status == null) {
          pending.add(cell);
        } else {
          published++;
          failedBefore += status == Status.FAILED ? 1 : 0;
        }
      }
      if (!pending.isEmpty()) {
        units.add(new PlannedUnit(unit, List.copyOf(pending), values, estimate));
      }
    }
  }
}
