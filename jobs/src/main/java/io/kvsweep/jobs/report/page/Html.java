package io.kvsweep.jobs.report.page;

import java.util.Collection;
import java.util.stream.Collectors;

/**
 * Markup that is safe to put into a page: text that was escaped, or a pattern of this program
 * filled with such.
 */
record Html(String markup) {
  static final Html NONE = new Html("");

  /** Text of people and files, which may hold anything. */
  static Html text(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> out.append(c);
      }
    }
    return new Html(out.toString());
  }

  /** Text in which what stands between backticks is code. */
  static Html code(String text) {
    StringBuilder out = new StringBuilder();
    String[] parts = text.split("`", -1);
    for (int i = 0; i < parts.length; i++) {
      out.append(of(i % 2 == 1 ? "<code>{}</code>" : "{}", parts[i]).markup);
    }
    return new Html(out.toString());
  }

  /**
   * Fills a pattern.
   *
   * @param pattern markup written in this program, with {@code {}} for each value
   * @param values markup as it is, everything else as escaped text
   */
  static Html of(String pattern, Object... values) {
    StringBuilder out = new StringBuilder();
    int from = 0;
    for (Object value : values) {
      int at = pattern.indexOf("{}", from);
      if (at < 0) {
        throw new IllegalArgumentException("more values than {} in: " + pattern);
      }
      out.append(pattern, from, at).append(of(value).markup);
      from = at + 2;
    }
    if (pattern.indexOf("{}", from) >= 0) {
      throw new IllegalArgumentException("fewer values than {} in: " + pattern);
    }
    return new Html(out.append(pattern.substring(from)).toString());
  }

  private static Html of(Object value) {
    return value instanceof Html html ? html : text(String.valueOf(value));
  }

  /** One after the other. */
  static Html join(Collection<Html> parts) {
    return new Html(parts.stream().map(Html::markup).collect(Collectors.joining("\n")));
  }
}
