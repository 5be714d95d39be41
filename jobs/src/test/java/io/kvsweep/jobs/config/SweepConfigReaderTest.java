package io.kvsweep.jobs.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.udfs.measure.CellKind;
import io.kvsweep.udfs.method.Methods;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SweepConfigReaderTest {
  @TempDir Path folder;

  private final SweepConfigReader reader =
      new SweepConfigReader(new Configuration(false), Methods.STANDARD);

  private SweepConfig read(String yaml, String... overrides) throws IOException {
    Path file = folder.resolve("sweep.yaml");
    Files.writeString(file, yaml);
    return reader.read(file.toString(), List.of(overrides));
  }

  private String error(String yaml, String... overrides) {
    String message =
        assertThrows(InvalidInputException.class, () -> read(yaml, overrides)).getMessage();
    return message.replace(folder + "/", "");
  }

  @Test
  void everyKeyOfTheDesign() throws IOException {
    SweepConfig config =
        read(
            """
            dataset: data/set
            output: /elsewhere/out
            models: ["books-*"]
            prompts: [moby-dick, 1984]
            layers: 0-2
            kinds: [value, key]
            seed: 7
            methods:
              - none
              - rtn(bits=[2,4],axis=channel)
              - pair(key=svdq(bits=1.25),value=kivi(bits=4))
            """);
    assertEquals(Optional.of("file:" + folder + "/data/set"), config.dataset());
    assertEquals(Optional.of("file:/elsewhere/out"), config.output());
    assertEquals(List.of("books-*"), config.models());
    assertEquals(List.of("moby-dick", "1984"), config.prompts());
    assertEquals("0,1,2", config.layers().toString());
    assertEquals(List.of(CellKind.KEY, CellKind.VALUE), config.kinds());
    assertEquals(7, config.seed());
    assertEquals("rtn(bits=[2,4],axis=channel)", config.methods().get(1).spec());
    assertEquals(folder + "/sweep.yaml:10:5", config.methods().get(1).place());
    assertEquals(3, config.methods().size());
  }

  /** On YARN, where relative paths are HDFS's, {@code --files} puts it there. */
  @Test
  void aRelativeFileIsLookedForHereFirst() {
    Configuration hdfs = new Configuration(false);
    hdfs.set("fs.defaultFS", "hdfs://127.0.0.1:9");
    SweepConfig config =
        new SweepConfigReader(hdfs, Methods.STANDARD)
            .read("sweeps/quickstart.yaml", List.of("seed=5"));
    assertEquals(5, config.seed());
    assertEquals(
        Optional.of("file:" + Path.of("sweeps").toAbsolutePath()),
        config.methods().get(0).folder());
  }

  @Test
  void allButMethodsIsOptional() throws IOException {
    SweepConfig config = read("methods: [none]\n");
    assertEquals(Optional.empty(), config.dataset());
    assertEquals(Optional.empty(), config.output());
    assertEquals(List.of("*"), config.models());
    assertEquals(List.of("*"), config.prompts());
    assertTrue(config.layers().contains(99));
    assertEquals(List.of(CellKind.KEY, CellKind.VALUE), config.kinds());
    assertEquals(1, config.seed());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      textBlock =
          """
          `methods: [none]\\nmodel: [a]`     ~ sweep.yaml:2:1: unknown key 'model': expected one of dataset, output, models, prompts, layers, kinds, seed, methods
          `methods: [none]\\nseed: 1\\nseed: 2` ~ sweep.yaml:3:1: 'seed' is given twice; the first is at sweep.yaml:2:7
          `methods: {a: b}`                  ~ sweep.yaml:1:10: methods: expected a list, such as - rtn(bits=4), found a mapping
          `methods: []`                      ~ sweep.yaml:1:10: methods: expected at least one entry, such as - rtn(bits=4), found an empty list
          `methods:`                         ~ sweep.yaml:1:9: methods: expected a list, such as - rtn(bits=4), found nothing
          `seed: 1`                          ~ sweep.yaml:1:1: 'methods' is missing; add 'methods:' and a line '  - rtn(bits=4)'
          `seed: 1.5\\nmethods: [none]`      ~ sweep.yaml:1:7: seed: expected an integer, such as 1, found '1.5'
          `seed: [1]\\nmethods: [none]`      ~ sweep.yaml:1:7: seed: expected one value, such as 1, found a list
          `layers: [0, x]\\nmethods: [none]` ~ sweep.yaml:1:13: cannot read layers 'x': expected all, a list such as [0, 2], or a range such as 0-5
          `layers: 5-2\\nmethods: [none]`    ~ sweep.yaml:1:9: layers '5-2' run backwards: write 2-5
          `layers: [0, all]\\nmethods: [none]` ~ sweep.yaml:1:13: layers: 'all' stands alone; drop it or the other entries
          `layers: -1\\nmethods: [none]`     ~ sweep.yaml:1:9: cannot read layers '-1': expected all, a list such as [0, 2], or a range such as 0-5
          `kinds: [key, query]\\nmethods: [none]` ~ sweep.yaml:1:14: unknown kind 'query': expected key, value or both
          `models: [[a]]\\nmethods: [none]`  ~ sweep.yaml:1:10: models: expected one value, such as ["books-*"], found a list
          `dataset: {}\\nmethods: [none]`    ~ sweep.yaml:1:10: dataset: expected one value, such as path/to/folder, found a mapping
          `- none`                           ~ sweep.yaml:1:1: expected 'key: value' lines with the keys dataset, output, models, prompts, layers, kinds, seed, methods
          ``                                 ~ sweep.yaml:1:1: the file is empty; it needs at least 'methods:' and one method
          """)
  void namesThePlace(String yaml, String message) {
    assertEquals(message, error(yaml.replace("\\n", "\n")));
  }

  @Test
  void yamlSyntaxHasAPlace() {
    assertEquals(
        "sweep.yaml:2:1: not valid YAML: expected ',' or ']', but got <stream end>;"
            + " check the indentation, and quote names that hold * or start with a bracket",
        error("methods: [none\n"));
    assertEquals(
        "sweep.yaml:1:20: not valid YAML: expected ',' or ']', but got [; inside [...] put each"
            + " method and each name in quotes, such as ['rtn(bits=[2,4])']",
        error("methods: [rtn(bits=[2,4],axis=channel)]\n"));
    for (String yaml :
        List.of("seed: 1\nmodels: [*/x]", "seed: 1\n\tmethods: none", "seed: 1\nseed: \u0007")) {
      String message = error(yaml);
      assertTrue(message.matches("(?s)sweep.yaml:2:[0-9]+: not valid YAML: .*"), message);
    }
  }

  @Test
  void invalidMethodsKeepTheirReasonAndGetAPlace() {
    String unknown = error("methods:\n  - none\n  - rtm(bits=2)\n");
    assertTrue(
        unknown.startsWith(
            "sweep.yaml:3:5: invalid method 'rtm(bits=2)', column 1: unknown method 'rtm'"),
        unknown);
    String split = error("methods: [rtn(bits=2,axis=token)]");
    assertTrue(split.startsWith("sweep.yaml:1:11: invalid method 'rtn(bits=2'"), split);
    assertTrue(split.endsWith("(inside [...] put each method in quotes)"), split);
  }

  @Test
  void whatIsNoWholeMethodHasItsPlaceToo() {
    assertEquals(
        "sweep.yaml:2:5: invalid method 'knorm(budget=0.2)': 'knorm' selects tokens and codes"
            + " nothing: add '| none' or a codec",
        error("methods:\n  - knorm(budget=0.2)\n"));
  }

  /** What README shows is read as it stands. */
  @Test
  void theSweepFileOfReadme() throws IOException {
    String page = Files.readString(Path.of("../README.md"));
    String start = "What a sweep file may say:\n\n```yaml\n";
    int at = page.indexOf(start) + start.length();
    SweepConfig config = read(page.substring(at, page.indexOf("```", at)));
    assertEquals(List.of("books-*"), config.models());
    assertEquals(6, config.layers().listed().orElseThrow().size());
    assertEquals(8, config.methods().size());
  }

  @Test
  void aFolderIsNoSweepFile() {
    InvalidInputException e =
        assertThrows(InvalidInputException.class, () -> reader.read(folder.toString(), List.of()));
    assertEquals(
        folder + ": a folder, not a sweep file; name a YAML file with 'methods:' in it",
        e.getMessage());
  }

  @Test
  void notUtf8() throws IOException {
    Path file = folder.resolve("latin.yaml");
    Files.write(file, "models: [caf\u00e9]".getBytes(StandardCharsets.ISO_8859_1));
    InvalidInputException e =
        assertThrows(InvalidInputException.class, () -> reader.read(file.toString(), List.of()));
    assertEquals(file + ":1:1: the file is not UTF-8 text; save it as UTF-8", e.getMessage());
  }

  @Test
  void noSuchFile() {
    InvalidInputException e =
        assertThrows(InvalidInputException.class, () -> reader.read("no/such.yaml", List.of()));
    assertEquals(
        "no/such.yaml: no such sweep file; give the path of a YAML file with 'methods:'",
        e.getMessage());
  }

  @Test
  void overridesWin() throws IOException {
    SweepConfig config =
        read(
            "seed: 1\nmodels: [a]\nmethods: [none]\n",
            "seed=2",
            "models=*",
            "layers=[0, 3]",
            "methods=['rtn(bits=2,axis=token)', none]",
            "dataset=here");
    assertEquals(2, config.seed());
    assertEquals(List.of("*"), config.models());
    assertEquals(Optional.of(new TreeSet<>(Arrays.asList(0, 3))), config.layers().listed());
    assertEquals("rtn(bits=2,axis=token)", config.methods().get(0).spec());
    assertEquals("--set methods", config.methods().get(0).place());
    assertEquals(Optional.of("here"), config.dataset());
    assertEquals(
        "rtn(bits=[2,4])",
        read("methods: [none]", "methods=rtn(bits=[2,4])").methods().get(0).spec());
  }

  @Test
  void overridesAreCheckedAsTheFileIs() {
    String ok = "methods: [none]\n";
    assertEquals(
        "--set seed: seed: expected an integer, such as 1, found 'x'", error(ok, "seed=x"));
    assertEquals(
        "--set sed: unknown key 'sed': expected one of dataset, output, models, prompts, layers,"
            + " kinds, seed, methods",
        error(ok, "sed=1"));
    assertEquals("--set seed: expected key=value, such as --set seed=2", error(ok, "seed"));
    assertTrue(error(ok, "methods=[none").startsWith("--set methods: not valid YAML"));
    assertTrue(error(ok, "methods=rtm").startsWith("--set methods: invalid method 'rtm'"));
    assertEquals(
        "--set models: models: expected a value, such as [\"books-*\"], found nothing",
        error(ok, "models="));
  }
}
