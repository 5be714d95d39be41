package io.kvsweep.udfs.spec;

import java.util.ArrayList;
import java.util.List;

/**
 * Recursive-descent parser of
 *
 * <pre>
 * spec  = stage {"|" stage}
 * stage = name ["(" p "=" v {"," p "=" v} ")"]
 * v     = atom | "[" atom {"," atom} "]" | stage
 * </pre>
 *
 * A word without parentheses is an atom; whether it names a stage is for its parameter to say.
 */
final class SpecParser {
  private static final String DELIMITERS = "()[]|,=";

  private final String text;
  private int at;

  private SpecParser(String text) {
    this.text = text;
  }

  static List<Stage> parse(String text) {
    SpecParser parser = new SpecParser(text);
    List<Stage> stages = new ArrayList<>();
    do {
      stages.add(parser.stage());
    } while (parser.accept('|'));
    if (parser.at < text.length()) {
      throw parser.error("unexpected '" + text.charAt(parser.at) + "'");
    }
    return List.copyOf(stages);
  }

  private Stage stage() {
    skipSpace();
    int column = at + 1;
    return stage(word("a method name"), column);
  }

  private Stage stage(String name, int column) {
    List<Stage.Assignment> assignments = new ArrayList<>();
    if (accept('(') && !accept(')')) {
      do {
        assignments.add(assignment());
      } while (accept(','));
      expect(')');
    }
    return new Stage(name, List.copyOf(assignments), column);
  }

  private Stage.Assignment assignment() {
    skipSpace();
    int column = at + 1;
    String name = word("a parameter name");
    expect('=');
    return new Stage.Assignment(name, value(), column);
  }

  private Value value() {
    if (accept('[')) {
      List<Value.Atom> atoms = new ArrayList<>();
      do {
        atoms.add(new Value.Atom(word("a value")));
      } while (accept(','));
      expect(']');
      return new Value.Grid(List.copyOf(atoms));
    }
    skipSpace();
    int column = at + 1;
    String word = word("a value");
    return peek() == '(' ? stage(word, column) : new Value.Atom(word);
  }

  private String word(String what) {
    skipSpace();
    int start = at;
    while (at < text.length() && DELIMITERS.indexOf(text.charAt(at)) < 0) {
      at++;
    }
    String word = text.substring(start, at).strip();
    if (word.isEmpty()) {
      at = start;
      throw error(
          "expected " + what + (at < text.length() ? ", found '" + text.charAt(at) + "'" : ""));
    }
    return word;
  }

  private char peek() {
    skipSpace();
    return at < text.length() ? text.charAt(at) : '\0';
  }

  private boolean accept(char c) {
    if (peek() == c) {
      at++;
      return true;
    }
    return false;
  }

  private void expect(char c) {
    if (!accept(c)) {
      throw error(
          "expected '"
              + c
              + "'"
              + (at < text.length() ? ", found '" + text.charAt(at) + "'" : " at the end"));
    }
  }

  private void skipSpace() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private InvalidSpecException error(String problem) {
    return new InvalidSpecException(text, at + 1, problem);
  }
}
