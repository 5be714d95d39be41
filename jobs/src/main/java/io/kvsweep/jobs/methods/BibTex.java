package io.kvsweep.jobs.methods;

import io.kvsweep.udfs.spec.Paper;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** A paper as BibTeX, in UTF-8 as every BibTeX of the last decade reads it. */
final class BibTex {
  private static final List<String> ARTICLES = List.of("a", "an", "the");

  private BibTex() {}

  static String entry(Paper paper) {
    return """
        @misc{%s,
          title = {{%s}},
          author = {%s},
          year = {%d},
          eprint = {%s},
          archivePrefix = {arXiv}
        }
        """
        .formatted(
            key(paper),
            paper.title(),
            String.join(" and ", paper.authors()),
            paper.year(),
            paper.arxiv());
  }

  /** Family name of the first author, year, first word of the title that says something. */
  private static String key(Paper paper) {
    String word =
        Stream.of(paper.title().split("[^\\p{L}\\p{N}]+"))
            .filter(w -> !w.isEmpty() && !ARTICLES.contains(w.toLowerCase(Locale.ROOT)))
            .findFirst()
            .orElse("");
    String key = paper.authors().get(0).split(",", 2)[0] + paper.year() + word;
    return Normalizer.normalize(key, Normalizer.Form.NFD)
        .replaceAll("[^A-Za-z0-9]", "")
        .toLowerCase(Locale.ROOT);
  }
}
