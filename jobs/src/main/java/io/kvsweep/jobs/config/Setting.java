package io.kvsweep.jobs.config;

import io.kvsweep.datasets.InvalidInputException;
import java.util.List;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * A value together with the place where it was written.
 *
 * @param key the setting it belongs to
 * @param source where values of this source lie
 */
record Setting(String key, Source source, Node node) {

  String place() {
    return source.place(node.getStartMark());
  }

  InvalidInputException error(String problem) {
    return new InvalidInputException(place() + ": " + problem);
  }

  /** The value as one text; numbers are taken as written. */
  String text(String example) {
    if (!(node instanceof ScalarNode scalar) || node.getTag().equals(Tag.NULL)) {
      throw wrongType("one value, such as " + example);
    }
    if (scalar.getValue().isBlank()) {
      throw wrongType("a value, such as " + example);
    }
    return scalar.getValue();
  }

  /** A list; a single value counts as a list of one. */
  List<Setting> items(String example) {
    if (node instanceof SequenceNode sequence) {
      if (sequence.getValue().isEmpty()) {
        throw wrongType("at least one entry, such as " + example);
      }
      return sequence.getValue().stream().map(item -> new Setting(key, source, item)).toList();
    }
    if (node instanceof ScalarNode && !node.getTag().equals(Tag.NULL)) {
      return List.of(this);
    }
    throw wrongType("a list, such as " + example);
  }

  /** Whether a list in brackets holds it, where commas and brackets end an unquoted text. */
  boolean isPlain() {
    return node instanceof ScalarNode scalar && scalar.isPlain();
  }

  private InvalidInputException wrongType(String expected) {
    return error("%s: expected %s, found %s".formatted(key, expected, found()));
  }

  private String found() {
    if (node instanceof MappingNode) {
      return "a mapping";
    }
    if (node instanceof SequenceNode sequence) {
      return sequence.getValue().isEmpty() ? "an empty list" : "a list";
    }
    return node.getTag().equals(Tag.NULL) || ((ScalarNode) node).getValue().isBlank()
        ? "nothing"
        : "'" + ((ScalarNode) node).getValue() + "'";
  }
}
