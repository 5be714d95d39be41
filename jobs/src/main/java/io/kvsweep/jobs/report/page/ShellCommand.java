package io.kvsweep.jobs.report.page;

import java.util.List;
import java.util.stream.Collectors;

/** A command that can be pasted into a POSIX shell, whatever the names in it. */
final class ShellCommand {
  private ShellCommand() {}

  /** The words, quoted where they need it. */
  static String of(List<String> words) {
    return words.stream().map(ShellCommand::quoted).collect(Collectors.joining(" "));
  }

  static String quoted(String word) {
    if (word.matches("[A-Za-z0-9_./:=,@%+-]+")) {
      return word;
    }
    // Double quotes read best around the quotes of YAML; interactive shells expand ! within them.
    if (word.indexOf('!') >= 0) {
      return "'" + word.replace("'", "'\\''") + "'";
    }
    return '"' + word.replaceAll("([\\\\\"$`])", "\\\\$1") + '"';
  }

  /** A YAML list of texts, as {@code --set key=[...]} takes it. */
  static String yamlList(List<String> texts) {
    return texts.stream().map(ShellCommand::yaml).collect(Collectors.joining(",", "[", "]"));
  }

  private static String yaml(String text) {
    // Single quotes of YAML know one escape, and fold line breaks; control characters need the
    // other.
    boolean plain = text.chars().noneMatch(c -> c < ' ' || c == 0x7f || (c > '~' && c < 0xa0));
    if (plain) {
      return "'" + text.replace("'", "''") + "'";
    }
    StringBuilder out = new StringBuilder("\"");
    text.chars()
        .forEach(
            c -> {
              if (c < ' ' || c == '"' || c == '\\' || (c > '~' && c < 0xa0)) {
                out.append("\\u%04x".formatted(c));
              } else {
                out.append((char) c);
              }
            });
    return out.append('"').toString();
  }
}
