package io.kvsweep.jobs.reconstruct;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.canonical.Dataset;
import io.kvsweep.datasets.canonical.PromptInfo;
import io.kvsweep.datasets.canonical.TensorReader;
import io.kvsweep.datasets.capture.Capture;
import io.kvsweep.datasets.capture.CaptureWriter;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.jobs.calibrate.ArtefactFolder;
import io.kvsweep.jobs.config.NameGlobs;
import io.kvsweep.jobs.storage.Storage;
import io.kvsweep.jobs.sweep.CalibratedCells;
import io.kvsweep.udfs.artefact.Artefacts;
import io.kvsweep.udfs.block.UnencodableException;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.measure.Cell;
import io.kvsweep.udfs.measure.CellKind;
import io.kvsweep.udfs.measure.CodedCache;
import io.kvsweep.udfs.measure.UnitKey;
import io.kvsweep.udfs.measure.UnitReader;
import io.kvsweep.udfs.spec.MethodRegistry;
import io.kvsweep.udfs.spec.MethodSpec;
import io.kvsweep.udfs.spec.Pipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Encodes and decodes every key and value of a dataset and writes what came back: one capture per
 * prompt, float32, without queries, keys in the rotary stage of their codec, with the length of
 * each tensor's blocks as its declared bytes.
 */
public final class Reconstruct {
  private final MethodRegistry registry;
  private final MethodSpec spec;
  private final Cell cell;
  private final Optional<ArtefactFolder> artefacts;

  /**
   * @param spec of one method that keeps all tokens
   * @param seed of whatever is random in it
   * @param artefacts of calibrated methods
   * @throws InvalidInputException if it is a grid, selects tokens or codes nothing
   */
  public Reconstruct(
      MethodRegistry registry, String spec, long seed, Optional<ArtefactFolder> artefacts) {
    List<MethodSpec> specs = registry.expand(spec);
    if (specs.size() != 1) {
      throw new InvalidInputException(
          "'%s' stands for %d methods; reconstruct takes one: %s"
              .formatted(spec, specs.size(), specs.get(0)));
    }
    this.registry = registry;
    this.spec = specs.get(0);
    this.cell = Cell.of(registry, this.spec, CellKind.BOTH, seed);
    this.artefacts = artefacts;
    requireDecodable(pipeline(TensorKind.KEY));
    requireDecodable(pipeline(TensorKind.VALUE));
  }

  private Pipeline pipeline(TensorKind kind) {
    return registry.pipeline(kind == TensorKind.KEY ? spec.key() : spec.value(), cell.seed());
  }

  private static void requireDecodable(Pipeline pipeline) {
    boolean codes =
        pipeline.codec() instanceof TensorCodec || pipeline.codec() instanceof CacheCodec;
    if (pipeline.selector().isPresent() || !codes) {
      throw new InvalidInputException(
          "'%s' cannot be reconstructed: it drops tokens or codes nothing; take a method that codes every token"
              .formatted(pipeline.spec()));
    }
  }

  /**
   * Writes the captures. Memory: the blocks of a prompt and a few tensors of one layer.
   *
   * @param models globs of models
   * @param prompts globs of their prompts
   * @param out folder, made if missing; files of these names and this method are replaced
   * @param progress takes a line per file
   * @return the files
   * @throws InvalidInputException before anything is written, if names match nothing, an artefact
   *     is missing or was fitted on one of the prompts, or the folder has captures of another
   *     method; later, if a tensor cannot be encoded
   */
  public List<Path> run(
      Dataset dataset,
      List<String> models,
      List<String> prompts,
      Path out,
      Consumer<String> progress) {
    List<PromptInfo> chosen = NameGlobs.prompts(models, prompts, dataset.manifest());
    TensorReader reader = new TensorReader(dataset);
    PromptCoder coder =
        cell.crossLayer(registry)
            ? acrossLayers(reader, chosen, Storage.show(dataset.root()))
            : tensorByTensor(reader);
    Map<PromptInfo, Path> files = files(chosen, out);
    try {
      Files.createDirectories(out);
    } catch (IOException e) {
      throw new InvalidInputException(
          "%s: cannot be made: %s; check its parent folder".formatted(out, e), e);
    }
    files.forEach(
        (prompt, file) -> {
          ModelInfo model = dataset.manifest().model(prompt.model());
          CaptureWriter.write(
              file, DecodedPrompt.of(model, prompt, coder.code(prompt), spec.toString()));
          progress.accept("written: " + file);
        });
    return List.copyOf(files.values());
  }

  /** Encodes a prompt. */
  @FunctionalInterface
  private interface PromptCoder {
    CodedPrompt code(PromptInfo prompt);
  }

  private PromptCoder tensorByTensor(TensorReader reader) {
    Map<TensorKind, TensorCodec> codecs =
        Map.of(
            TensorKind.KEY, (TensorCodec) pipeline(TensorKind.KEY).codec(),
            TensorKind.VALUE, (TensorCodec) pipeline(TensorKind.VALUE).codec());
    return prompt -> CodedTensors.of(reader, prompt, codecs);
  }

  /** With the artefact of each model, which must not have seen its prompts, as in a sweep. */
  private PromptCoder acrossLayers(TensorReader reader, List<PromptInfo> prompts, String dataset) {
    CalibratedCells calibrated =
        new CalibratedCells(registry, dataset, reader.manifest(), artefacts);
    Map<String, Cell> cells = new HashMap<>();
    prompts.stream()
        .collect(Collectors.groupingBy(PromptInfo::model))
        .forEach((model, own) -> cells.put(model, calibrated.of(cell, model, own)));
    Artefacts opened = artefacts.map(folder -> (Artefacts) folder::open).orElse(Artefacts.NONE);
    UnitReader units = new UnitReader(reader);
    return prompt -> {
      UnitKey unit = UnitKey.ofPrompt(reader.manifest().model(prompt.model()), prompt);
      Cell own = cells.get(prompt.model());
      try {
        return new CodedPrompt.AcrossLayers(
            CodedCache.of(registry, own, opened, unit, units.cache(unit)));
      } catch (UnencodableException e) {
        throw unencodable(prompt.key().toString(), e);
      }
    };
  }

  static InvalidInputException unencodable(String place, UnencodableException cause) {
    return new InvalidInputException(
        "%s: the method cannot encode it: %s; give --prompts or --models without it, or another method"
            .formatted(place, cause.getMessage()),
        cause);
  }

  /**
   * The file of each prompt. A folder has captures of one method: others would be taken for its
   * own.
   *
   * @throws InvalidInputException naming a file of another method
   */
  private Map<PromptInfo, Path> files(List<PromptInfo> prompts, Path out) {
    Map<PromptInfo, Path> files = new LinkedHashMap<>();
    for (PromptInfo prompt : prompts) {
      files.put(prompt, out.resolve("%05d-%s.safetensors".formatted(files.size(), plain(prompt))));
    }
    for (Path file : captures(out)) {
      String method;
      try (Capture capture = Capture.open(file)) {
        method = capture.prompt().metadata().get(DecodedPrompt.METHOD);
      }
      if (method == null ? files.containsValue(file) : !method.equals(spec.toString())) {
        throw new InvalidInputException(
            "%s: is there already, %s, expected '%s': give another --out or delete it"
                .formatted(
                    file, method == null ? "of no method" : "decoded by '" + method + "'", spec));
      }
    }
    return files;
  }

  private static List<Path> captures(Path out) {
    if (!Files.isDirectory(out)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(out)) {
      return files.filter(file -> file.toString().endsWith(".safetensors")).sorted().toList();
    } catch (IOException e) {
      throw new InvalidInputException(
          "%s: cannot be listed: %s; check its permissions".formatted(out, e), e);
    }
  }

  private static String plain(PromptInfo prompt) {
    String name = prompt.key().toString().replaceAll("[^A-Za-z0-9._-]+", "-");
    return name.substring(0, Math.min(name.length(), 100));
  }
}
