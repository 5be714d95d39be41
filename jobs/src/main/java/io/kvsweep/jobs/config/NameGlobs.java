package io.kvsweep.jobs.config;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.canonical.DatasetManifest;
import io.kvsweep.datasets.canonical.PromptInfo;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Globs over names of models and prompts: {@code *} stands for any characters, {@code ?} for one,
 * everything else for itself. Names may hold slashes, so file globs would not do.
 */
public final class NameGlobs {
  private static final int SHOWN = 20;

  private NameGlobs() {}

  /**
   * The names that match any of the globs, sorted.
   *
   * @param what "model" or "prompt", for messages
   * @throws InvalidInputException if one of the globs matches nothing, listing what exists
   */
  public static SortedSet<String> select(
      String what, Collection<String> globs, Collection<String> names) {
    return select(what, globs, names, "the dataset has");
  }

  private static SortedSet<String> select(
      String what, Collection<String> globs, Collection<String> names, String who) {
    SortedSet<String> selected = new TreeSet<>();
    for (String glob : globs) {
      Pattern pattern = pattern(glob);
      List<String> matches = names.stream().filter(n -> pattern.matcher(n).matches()).toList();
      if (matches.isEmpty()) {
        throw new InvalidInputException(
            "no %s matches '%s'; %s: %s".formatted(what, glob, who, list(names)));
      }
      selected.addAll(matches);
    }
    return selected;
  }

  /**
   * The prompts of a dataset that globs select, in its order.
   *
   * @throws InvalidInputException as above; prompts are those of the selected models
   */
  public static List<PromptInfo> prompts(
      Collection<String> models, Collection<String> prompts, DatasetManifest manifest) {
    SortedSet<String> chosen =
        select("model", models, manifest.prompts().stream().map(PromptInfo::model).toList());
    List<PromptInfo> ofModels =
        manifest.prompts().stream().filter(prompt -> chosen.contains(prompt.model())).toList();
    SortedSet<String> names =
        select(
            "prompt",
            prompts,
            ofModels.stream().map(PromptInfo::prompt).toList(),
            ofModels.size() == manifest.prompts().size()
                ? "the dataset has"
                : "the chosen models have");
    return ofModels.stream().filter(prompt -> names.contains(prompt.prompt())).toList();
  }

  private static String list(Collection<String> names) {
    SortedSet<String> sorted = new TreeSet<>(names);
    if (sorted.isEmpty()) {
      return "none";
    }
    String shown = String.join(", ", sorted.stream().limit(SHOWN).toList());
    return sorted.size() <= SHOWN ? shown : shown + " and " + (sorted.size() - SHOWN) + " more";
  }

  private static Pattern pattern(String glob) {
    StringBuilder regex = new StringBuilder();
    for (char c : glob.toCharArray()) {
      switch (c) {
        case '*' -> regex.append(".*");
        case '?' -> regex.append('.');
        default -> regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL);
  }
}
