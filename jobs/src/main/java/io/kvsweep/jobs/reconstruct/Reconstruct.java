package io.kvsweep.jobs.reconstruct;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.canonical.Dataset;
import io.kvsweep.datasets.canonical.PromptInfo;
import io.kvsweep.datasets.canonical.TensorReader;
import io.kvsweep.datasets.capture.CaptureWriter;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.spec.MethodRegistry;
import io.kvsweep.udfs.spec.MethodSpec;
import io.kvsweep.udfs.spec.Pipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Encodes and decodes every key and value of a dataset and writes what came back: one capture per
 * prompt, float32, without queries, keys in the rotary stage of their codec, with the length of
 * each block as its declared bytes.
 */
public final class Reconstruct {
  private final String spec;
  private final Map<TensorKind, TensorCodec> codecs = new EnumMap<>(TensorKind.class);

  /**
   * @param spec of one method that codes tensor by tensor
   * @param seed of whatever is random in it
   * @throws InvalidInputException if it is a grid, selects tokens or codes all layers together
   */
  public Reconstruct(MethodRegistry registry, String spec, long seed) {
    List<MethodSpec> specs = registry.expand(spec);
    if (specs.size() != 1) {
      throw new InvalidInputException(
          "'%s' stands for %d methods; reconstruct takes one: %s"
              .formatted(spec, specs.size(), specs.get(0)));
    }
    this.spec = specs.get(0).toString();
    codecs.put(TensorKind.KEY, codec(registry.pipeline(specs.get(0).key(), seed)));
    codecs.put(TensorKind.VALUE, codec(registry.pipeline(specs.get(0).value(), seed)));
  }

  private static TensorCodec codec(Pipeline pipeline) {
    if (pipeline.selector().isPresent() || !(pipeline.codec() instanceof TensorCodec codec)) {
      throw new InvalidInputException(
          "'%s' cannot be reconstructed: it drops tokens, codes all layers together or codes nothing; take a method that codes each tensor by itself"
              .formatted(pipeline.spec()));
    }
    return codec;
  }

  /**
   * Writes the captures. Memory: the blocks of a prompt and two tensors.
   *
   * @param out folder, made if missing; files of these names are replaced
   * @param progress takes a line per file
   * @return the files
   */
  public List<Path> run(Dataset dataset, Path out, Consumer<String> progress) {
    try {
      Files.createDirectories(out);
    } catch (IOException e) {
      throw new InvalidInputException(
          "%s: cannot be made: %s; check its parent folder".formatted(out, e), e);
    }
    TensorReader reader = new TensorReader(dataset);
    List<Path> files = new ArrayList<>();
    for (PromptInfo prompt : dataset.manifest().prompts()) {
      Path file = out.resolve("%05d-%s.safetensors".formatted(files.size(), plain(prompt)));
      CaptureWriter.write(file, DecodedPrompt.of(reader, prompt, codecs, spec));
      progress.accept("written: " + file);
      files.add(file);
    }
    return List.copyOf(files);
  }

  private static String plain(PromptInfo prompt) {
    String name = prompt.key().toString().replaceAll("[^A-Za-z0-9._-]+", "-");
    return name.substring(0, Math.min(name.length(), 100));
  }
}
