package io.kvsweep.jobs.config;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.storage.Storage;
import io.kvsweep.udfs.measure.CellKind;
import io.kvsweep.udfs.spec.InvalidSpecException;
import io.kvsweep.udfs.spec.MethodRegistry;
import io.kvsweep.udfs.spec.MethodSpec;
import java.io.File;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Reads a sweep file. Paths in it are relative to the file, paths of overrides to the working
 * directory; both may name any file system that Hadoop knows. The file itself, where its path is
 * relative, is looked for in the working directory of this machine first, where {@code spark-submit
 * --files} puts it, and only then in that of Hadoop's default file system.
 */
public final class SweepConfigReader {
  private static final List<String> KEYS =
      List.of("dataset", "output", "models", "prompts", "layers", "kinds", "seed", "methods");

  private final Configuration conf;
  private final MethodRegistry registry;
  private final YamlSettings yaml = new YamlSettings(KEYS);

  public SweepConfigReader(Configuration conf, MethodRegistry registry) {
    this.conf = conf;
    this.registry = registry;
  }

  /**
   * Reads and checks a file.
   *
   * @param file path of the file
   * @param overrides {@code key=value} each; the last of a key wins over earlier ones and the file
   * @throws InvalidInputException naming file, line and column, or the override
   */
  public SweepConfig read(String file, List<String> overrides) {
    File here = new File(file);
    Storage folder =
        here.isFile() && !here.isAbsolute()
            ? Storage.ofParent("file:" + here.getAbsolutePath(), conf)
            : Storage.ofParent(file, conf);
    Path path = folder.path(new Path(file).getName());
    if (here.isDirectory()) {
      throw new InvalidInputException(
          "%s: a folder, not a sweep file; name a YAML file with 'methods:' in it".formatted(file));
    }
    if (!folder.isFile(path)) {
      throw new InvalidInputException(
          "%s: no such sweep file; give the path of a YAML file with 'methods:'".formatted(file));
    }
    Source source = new Source(file, true);
    Map<String, Setting> settings = yaml.file(decode(folder.read(path), source), source);
    override(settings, overrides);
    if (!settings.containsKey("methods")) {
      throw new InvalidInputException(
          source.at(0, 0) + ": 'methods' is missing; add 'methods:' and a line '  - rtn(bits=4)'");
    }
    return config(settings, folder);
  }

  /**
   * Reads a sweep that no file describes.
   *
   * @param settings {@code key=value} each, {@code methods} among them; the last of a key wins
   * @throws InvalidInputException naming the setting
   */
  public SweepConfig of(List<String> settings) {
    Map<String, Setting> read = new LinkedHashMap<>();
    override(read, settings);
    if (!read.containsKey("methods")) {
      throw new InvalidInputException(
          "no sweep file, and no methods: give CONFIG.yaml, or --set \"methods=['rtn(bits=4)']\"");
    }
    return config(read, Storage.of(".", conf));
  }

  private void override(Map<String, Setting> settings, List<String> overrides) {
    for (String override : overrides) {
      Setting setting = yaml.override(override);
      settings.put(setting.key(), setting);
    }
  }

  private SweepConfig config(Map<String, Setting> settings, Storage folder) {
    Setting methods = settings.get("methods");
    return new SweepConfig(
        get(settings, "dataset").map(s -> path(s, folder)),
        get(settings, "output").map(s -> path(s, folder)),
        get(settings, "models").map(s -> texts(s, "[\"books-*\"]")).orElse(List.of("*")),
        get(settings, "prompts").map(s -> texts(s, "[moby-dick]")).orElse(List.of("*")),
        get(settings, "layers").map(SweepConfigReader::layers).orElse(LayerSelection.ALL),
        get(settings, "kinds")
            .map(SweepConfigReader::kinds)
            .orElse(List.of(CellKind.KEY, CellKind.VALUE)),
        get(settings, "seed").map(SweepConfigReader::seed).orElse(1L),
        methods.items("- rtn(bits=4)").stream().map(s -> method(s, folder)).toList());
  }

  private static Optional<Setting> get(Map<String, Setting> settings, String key) {
    return Optional.ofNullable(settings.get(key));
  }

  private String path(Setting setting, Storage folder) {
    String text = setting.text("path/to/folder");
    try {
      return setting.source().isFile() ? new Path(folder.root(), text).toString() : text;
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(
          "%s: %s: '%s' is not a path: %s"
              .formatted(setting.place(), setting.key(), text, e.getMessage()),
          e);
    }
  }

  private static List<String> texts(Setting setting, String example) {
    return setting.items(example).stream().map(item -> item.text(example)).toList();
  }

  private static LayerSelection layers(Setting setting) {
    String example = "all, [0, 2] or 0-5";
    SortedSet<Integer> layers = new TreeSet<>();
    List<Setting> items = setting.items(example);
    for (Setting item : items) {
      String text = item.text(example);
      LayerSelection some = checked(item, text, LayerSelection::parse);
      if (some.listed().isEmpty() && items.size() > 1) {
        throw item.error("layers: 'all' stands alone; drop it or the other entries");
      }
      if (some.listed().isEmpty()) {
        return some;
      }
      layers.addAll(some.listed().get());
    }
    return new LayerSelection(Optional.of(layers));
  }

  private static List<CellKind> kinds(Setting setting) {
    return setting.items("[key, value]").stream()
        .map(item -> checked(item, item.text("key"), CellKind::of))
        .toList();
  }

  private static long seed(Setting setting) {
    String text = setting.text("1");
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new InvalidInputException(
          "%s: seed: expected an integer, such as 1, found '%s'".formatted(setting.place(), text),
          e);
    }
  }

  private MethodEntry method(Setting setting, Storage folder) {
    String spec = setting.text("rtn(bits=4)");
    List<MethodSpec> specs;
    try {
      specs = registry.expand(spec);
    } catch (InvalidSpecException e) {
      // In [a(b=1,c=2)] YAML itself splits at the comma, which nobody sees from the bare message.
      String hint =
          setting.isPlain()
                  && spec.chars().filter(c -> c == '(').count()
                      != spec.chars().filter(c -> c == ')').count()
              ? " (inside [...] put each method in quotes)"
              : "";
      throw new InvalidInputException(setting.place() + ": " + e.getMessage() + hint, e);
    }
    runnable(setting, spec, specs);
    return new MethodEntry(
        spec,
        setting.place(),
        setting.source().isFile() ? Optional.of(folder.root().toString()) : Optional.empty());
  }

  /** What expands may still be no codec, such as a selector alone; that belongs to this place. */
  private void runnable(Setting setting, String spec, List<MethodSpec> expanded) {
    for (MethodSpec one : expanded) {
      try {
        registry.pipeline(one.key(), 1);
        registry.pipeline(one.value(), 1);
      } catch (InvalidSpecException e) {
        // Its column is that of the expanded specification, which nobody wrote.
        throw new InvalidInputException(
            "%s: invalid method '%s': %s".formatted(setting.place(), spec, e.problem()), e);
      }
    }
  }

  private static <T> T checked(Setting setting, String text, Function<String, T> parse) {
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(setting.place() + ": " + e.getMessage(), e);
    }
  }

  private static String decode(byte[] bytes, Source source) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new InvalidInputException(
          source.at(0, 0) + ": the file is not UTF-8 text; save it as UTF-8", e);
    }
  }
}
