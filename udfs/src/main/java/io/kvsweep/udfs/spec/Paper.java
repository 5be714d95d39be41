package io.kvsweep.udfs.spec;

import java.util.List;

/**
 * A publication, as {@code kvsweep methods --bibtex} cites it.
 *
 * @param title as on arXiv
 * @param authors all of them, each as {@code Family, Given}
 * @param year of the first version
 * @param arxiv identifier, such as {@code 2402.02750}
 */
public record Paper(String title, List<String> authors, int year, String arxiv) {
  /**
   * @throws IllegalArgumentException if something is missing
   */
  public Paper {
    authors = List.copyOf(authors);
    if (title.isBlank() || authors.isEmpty() || !arxiv.matches("[0-9]{4}\\.[0-9]{4,5}")) {
      throw new IllegalArgumentException("a paper has title, authors and arXiv id: " + title);
    }
  }

  /** In a few words: first author, year and where it is. */
  public String shortly() {
    return "%s%s %d, arXiv %s"
        .formatted(
            authors.get(0).split(",", 2)[0], authors.size() > 1 ? " et al." : "", year, arxiv);
  }
}
