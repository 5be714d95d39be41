package io.kvsweep.datasets.canonical;

import io.kvsweep.datasets.InvalidInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/**
 * What the arguments of an import stand for, sorted and without repetition.
 *
 * @param captures safetensors files
 * @param foreign folders of Parquet beside a {@code dataset.json}
 */
record ImportPaths(List<Path> captures, List<ForeignFolder> foreign) {
  /**
   * A folder with a {@code dataset.json}.
   *
   * @param files the Parquet files to take; empty for all
   */
  record ForeignFolder(Path folder, List<Path> files) {}

  static ImportPaths resolve(List<String> arguments) {
    if (arguments.isEmpty()) {
      throw new InvalidInputException(
          "nothing to import; name captures (*.safetensors), folders or patterns");
    }
    Set<Path> captures = new LinkedHashSet<>();
    Map<Path, List<Path>> foreign = new TreeMap<>();
    for (String argument : arguments) {
      for (Path path : expand(argument)) {
        classify(argument, path.toAbsolutePath().normalize(), captures, foreign);
      }
    }
    return new ImportPaths(
        List.copyOf(captures),
        foreign.entrySet().stream()
            .map(entry -> new ForeignFolder(entry.getKey(), List.copyOf(entry.getValue())))
            .toList());
  }

  private static void classify(
      String argument, Path path, Set<Path> captures, Map<Path, List<Path>> foreign) {
    if (Files.isDirectory(path)) {
      if (Files.exists(path.resolve(Dataset.MANIFEST))) {
        foreign.put(path, new ArrayList<>());
        return;
      }
      List<Path> inside = list(argument, path, "*.safetensors");
      if (inside.isEmpty()) {
        if (!list(argument, path, "*.parquet").isEmpty()) {
          throw noManifest(path, path);
        }
        throw new InvalidInputException(
            "%s: the folder holds neither *.safetensors nor a %s; name a folder of captures or of canonical Parquet"
                .formatted(path, Dataset.MANIFEST));
      }
      captures.addAll(inside);
    } else if (path.toString().endsWith(".parquet")) {
      Path folder = path.getParent();
      if (!Files.exists(folder.resolve(Dataset.MANIFEST))) {
        throw noManifest(path, folder);
      }
      List<Path> files = foreign.get(folder);
      if (files == null || !files.isEmpty()) { // an empty list takes the whole folder already
        foreign.computeIfAbsent(folder, f -> new ArrayList<>()).add(path);
      }
    } else {
      captures.add(path);
    }
  }

  private static InvalidInputException noManifest(Path path, Path folder) {
    return new InvalidInputException(
        "%s: Parquet, and no %s beside it; write one to %s with the models and prompts: datasets/README.md has an example, \"Write a dataset with pyarrow or DuckDB\""
            .formatted(path, Dataset.MANIFEST, folder.resolve(Dataset.MANIFEST)));
  }

  private static List<Path> expand(String argument) {
    try {
      Path literal = Path.of(argument);
      if (Files.exists(literal)) {
        return List.of(literal);
      }
    } catch (InvalidPathException e) {
      if (!isPattern(argument)) { // '*' is no path on some systems, but a fine pattern
        throw new InvalidInputException(argument + ": no valid path: " + e.getMessage(), e);
      }
    }
    if (!isPattern(argument)) {
      throw new InvalidInputException(
          argument + ": no such file or folder; check the path (patterns may hold *, ?, [ ], { })");
    }
    int wildcard = indexOfWildcard(argument);
    int slash = argument.lastIndexOf('/', wildcard);
    String base = slash < 0 ? "." : slash == 0 ? "/" : argument.substring(0, slash);
    List<Path> found = list(argument, Path.of(base), argument.substring(slash + 1));
    if (found.isEmpty()) {
      throw new InvalidInputException(
          "%s: the pattern matches nothing; check it and the folder '%s'"
              .formatted(argument, base));
    }
    return found;
  }

  private static boolean isPattern(String argument) {
    return indexOfWildcard(argument) >= 0;
  }

  private static int indexOfWildcard(String argument) {
    for (int i = 0; i < argument.length(); i++) {
      if ("*?[{".indexOf(argument.charAt(i)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  private static List<Path> list(String argument, Path base, String pattern) {
    if (!Files.isDirectory(base)) {
      return List.of();
    }
    PathMatcher matcher = matcher(argument, pattern);
    int depth = pattern.contains("**") ? Integer.MAX_VALUE : pattern.split("/").length;
    try (Stream<Path> files = Files.walk(base, depth)) {
      return files
          .filter(path -> !path.equals(base) && matcher.matches(base.relativize(path)))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw unlisted(argument, base, e);
    } catch (UncheckedIOException e) { // from a folder further down
      throw unlisted(argument, base, e.getCause());
    }
  }

  private static PathMatcher matcher(String argument, String pattern) {
    try {
      return FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    } catch (PatternSyntaxException e) {
      throw new InvalidInputException(
          "%s: no such file or folder, and no valid pattern: %s; close every [ and {, or check the path"
              .formatted(argument, e.getDescription()),
          e);
    }
  }

  private static InvalidInputException unlisted(String argument, Path base, IOException cause) {
    return new InvalidInputException(
        "%s: the folder '%s' cannot be listed: %s; check the permissions of all folders in it, or name files"
            .formatted(argument, base, cause),
        cause);
  }
}
