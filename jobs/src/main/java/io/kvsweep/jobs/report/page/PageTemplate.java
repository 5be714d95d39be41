package io.kvsweep.jobs.report.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Fills {@code template.html}, whose places are {@code {{name}}}. */
final class PageTemplate {
  private static final String FOLDER = "/report/";
  private static final Pattern PLACE = Pattern.compile("\\{\\{([a-z_]+)}}");

  private PageTemplate() {}

  /**
   * The page.
   *
   * @param parts one for each place, and no others
   */
  static String fill(Map<String, Html> parts) {
    TreeSet<String> unused = new TreeSet<>(parts.keySet());
    Matcher places = PLACE.matcher(resource("template.html"));
    StringBuilder page = new StringBuilder();
    while (places.find()) {
      Html part = parts.get(places.group(1));
      if (part == null) {
        throw new IllegalStateException("nothing for {{" + places.group(1) + "}}");
      }
      unused.remove(places.group(1));
      places.appendReplacement(page, Matcher.quoteReplacement(part.markup()));
    }
    if (!unused.isEmpty()) {
      throw new IllegalStateException("the template has no place for " + unused);
    }
    return places.appendTail(page).toString();
  }

  /** A file beside the template. */
  static String resource(String name) {
    try (InputStream in = PageTemplate.class.getResourceAsStream(FOLDER + name)) {
      if (in == null) {
        throw new IllegalStateException("the job jar lacks " + FOLDER + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + FOLDER + name, e);
    }
  }
}
