package io.kvsweep.jobs.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kvsweep.datasets.InvalidInputException;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class NameGlobsTest {
  private static final List<String> NAMES = List.of("org/books-7b", "books-13m", "a.b", "axb");

  @Test
  void selects() {
    assertEquals(
        new TreeSet<>(List.of("books-13m", "org/books-7b")),
        NameGlobs.select("model", List.of("*books-*"), NAMES));
    assertEquals(new TreeSet<>(List.of("a.b")), NameGlobs.select("model", List.of("a.b"), NAMES));
    assertEquals(
        new TreeSet<>(List.of("a.b", "axb")),
        NameGlobs.select("model", List.of("a?b", "a.b"), NAMES));
  }

  @Test
  void nothingMatches() {
    InvalidInputException e =
        assertThrows(
            InvalidInputException.class,
            () -> NameGlobs.select("prompt", List.of("a.b", "moby*"), NAMES));
    assertEquals(
        "no prompt matches 'moby*'; the dataset has: a.b, axb, books-13m, org/books-7b",
        e.getMessage());
  }
}
