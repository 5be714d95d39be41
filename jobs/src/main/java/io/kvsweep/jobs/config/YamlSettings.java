package io.kvsweep.jobs.config;

import io.kvsweep.datasets.InvalidInputException;
import java.io.StringReader;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.reader.ReaderException;

/**
 * YAML as settings with places. It stops at SnakeYAML's node tree, which still has the marks that
 * constructed objects have lost.
 */
final class YamlSettings {
  private final List<String> keys;

  /**
   * @param keys every key that exists
   */
  YamlSettings(List<String> keys) {
    this.keys = keys;
  }

  /** The settings of a whole file, in its order. */
  Map<String, Setting> file(String text, Source source) {
    Node root = compose(text, source);
    if (root == null) {
      throw new InvalidInputException(
          source.at(0, 0) + ": the file is empty; it needs at least 'methods:' and one method");
    }
    if (!(root instanceof MappingNode mapping)) {
      throw new InvalidInputException(
          "%s: expected 'key: value' lines with the keys %s"
              .formatted(source.place(root.getStartMark()), String.join(", ", keys)));
    }
    Map<String, Setting> settings = new LinkedHashMap<>();
    for (NodeTuple entry : mapping.getValue()) {
      String key = key(entry.getKeyNode(), source);
      Setting earlier = settings.put(key, new Setting(key, source, entry.getValueNode()));
      if (earlier != null) {
        throw new InvalidInputException(
            "%s: '%s' is given twice; the first is at %s"
                .formatted(source.place(entry.getKeyNode().getStartMark()), key, earlier.place()));
      }
    }
    return settings;
  }

  /**
   * One {@code key=value} of the command line. The value is a YAML list if it starts with a bracket
   * and plain text otherwise, so that a glob such as {@code *} needs no second quoting.
   */
  Setting override(String assignment) {
    int equals = assignment.indexOf('=');
    String key = equals < 0 ? assignment : assignment.substring(0, equals).strip();
    Source source = new Source("--set " + key, false);
    if (equals < 0) {
      throw new InvalidInputException(
          "--set %s: expected key=value, such as --set seed=2".formatted(assignment));
    }
    checkKnown(key, source.label());
    String value = assignment.substring(equals + 1).strip();
    Node node =
        value.startsWith("[")
            ? compose(value, source)
            : new ScalarNode(Tag.STR, value, null, null, DumperOptions.ScalarStyle.PLAIN);
    return new Setting(key, source, node);
  }

  private String key(Node node, Source source) {
    String place = source.place(node.getStartMark());
    if (!(node instanceof ScalarNode scalar)) {
      throw new InvalidInputException(
          "%s: expected one of the keys %s".formatted(place, String.join(", ", keys)));
    }
    checkKnown(scalar.getValue(), place);
    return scalar.getValue();
  }

  private void checkKnown(String key, String place) {
    if (!keys.contains(key)) {
      throw new InvalidInputException(
          "%s: unknown key '%s': expected one of %s"
              .formatted(place, key, String.join(", ", keys)));
    }
  }

  private static Node compose(String text, Source source) {
    try {
      return new Yaml(new SafeConstructor(new LoaderOptions())).compose(new StringReader(text));
    } catch (MarkedYAMLException e) {
      throw syntax(source.place(e.getProblemMark()), e.getProblem(), e);
    } catch (ReaderException e) {
      int line = (int) text.codePoints().limit(e.getPosition()).filter(c -> c == '\n').count();
      String place = source.isFile() ? source.at(line, 0) : source.label();
      throw syntax(place, "a character that text may not hold", e);
    } catch (YAMLException e) {
      throw syntax(source.place(null), e.getMessage(), e);
    }
  }

  private static InvalidInputException syntax(String place, String problem, Exception cause) {
    // In [rtn(bits=[2,4])] the second bracket looks like a list of its own.
    String remedy =
        problem.endsWith("but got [")
            ? "inside [...] put each method and each name in quotes, such as ['rtn(bits=[2,4])']"
            : "check the indentation, and quote names that hold * or start with a bracket";
    return new InvalidInputException(
        "%s: not valid YAML: %s; %s".formatted(place, problem, remedy), cause);
  }
}
