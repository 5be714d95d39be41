package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.ModelInfo;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What {@code dataset.json} says; enough to plan a sweep without opening a tensor.
 *
 * @param models sorted by name
 * @param prompts sorted by model and prompt
 * @param files sorted by path
 */
public record DatasetManifest(
    List<ModelInfo> models, List<PromptInfo> prompts, List<DataFile> files) {
  public DatasetManifest {
    models = List.copyOf(models);
    prompts = List.copyOf(prompts);
    files = List.copyOf(files);
    Set<Object> seen = new HashSet<>();
    for (ModelInfo model : models) {
      unique(seen.add(model.model()), "model '" + model.model() + "'");
    }
    for (PromptInfo prompt : prompts) {
      unique(seen.add(prompt.key()), "prompt '" + prompt.key() + "'");
      if (!seen.contains(prompt.model())) {
        throw new IllegalArgumentException(
            "prompt '%s' names a model that is not listed".formatted(prompt.key()));
      }
    }
  }

  private static void unique(boolean added, String what) {
    if (!added) {
      throw new IllegalArgumentException(what + " is listed twice");
    }
  }

  /**
   * The model of this name.
   *
   * @throws InvalidInputException listing the models that exist
   */
  public ModelInfo model(String name) {
    return models.stream()
        .filter(model -> model.model().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "the dataset has no model '%s'; it has: %s"
                        .formatted(name, names(models.stream().map(ModelInfo::model).toList()))));
  }

  /**
   * The prompt of this name.
   *
   * @throws InvalidInputException listing the prompts that exist
   */
  public PromptInfo prompt(String model, String prompt) {
    return prompt(new PromptKey(model, prompt));
  }

  /** As {@link #prompt(String, String)}. */
  public PromptInfo prompt(PromptKey key) {
    return prompts.stream()
        .filter(prompt -> prompt.key().equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "the dataset has no prompt '%s'; it has: %s"
                        .formatted(
                            key, names(prompts.stream().map(p -> p.key().toString()).toList()))));
  }

  /** Files that hold blocks of a prompt. */
  public List<DataFile> files(PromptKey key) {
    return files.stream().filter(file -> file.prompts().contains(key)).toList();
  }

  /** Only these prompts, their models and their files: small enough to send to a task. */
  public DatasetManifest only(Collection<PromptKey> keys) {
    Set<PromptKey> kept = Set.copyOf(keys);
    Set<String> names = new HashSet<>();
    kept.forEach(key -> names.add(key.model()));
    return new DatasetManifest(
        models.stream().filter(model -> names.contains(model.model())).toList(),
        prompts.stream().filter(prompt -> kept.contains(prompt.key())).toList(),
        files.stream().filter(file -> file.prompts().stream().anyMatch(kept::contains)).toList());
  }

  /** As JSON text: stable order of keys, pretty-printed. */
  public String toJson() {
    return ManifestWriter.write(this);
  }

  /**
   * Parses JSON text.
   *
   * @param place start of every message, normally the path of the file
   * @throws InvalidInputException naming the place of what is wrong
   */
  public static DatasetManifest fromJson(String json, String place) {
    return ManifestReader.read(json.getBytes(StandardCharsets.UTF_8), place, true);
  }

  Map<PromptKey, PromptInfo> promptsByKey() {
    Map<PromptKey, PromptInfo> out = new HashMap<>();
    prompts.forEach(prompt -> out.put(prompt.key(), prompt));
    return out;
  }

  private static String names(Collection<String> names) {
    Set<String> sorted = new TreeSet<>(names);
    String shown = String.join(", ", sorted.stream().limit(20).toList());
    return sorted.size() <= 20 ? shown : shown + " and " + (sorted.size() - 20) + " more";
  }
}
