package io.kvsweep.datasets.canonical;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.capture.Fixtures;
import io.kvsweep.datasets.capture.MemorySource;
import io.kvsweep.datasets.capture.PromptHead;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ImportTest extends DatasetTestBase {
  private static final TensorShape SHAPE = new TensorShape(20, 2, 4);

  private static MemorySource source(String prompt, long seed) {
    return Fixtures.source("m", prompt, 2, SHAPE, DType.F16, 4, seed);
  }

  @Test
  void addsToADatasetAndLeavesEqualPromptsAlone() {
    Path a = Fixtures.capture(folder, source("a", 1));
    assertEquals(1, importAll(a).added());
    Map<String, Integer> before = snapshot(root());
    ImportSummary again = importAll(a);
    assertEquals(new ImportSummary(0, 1, 0, 0), again);
    assertEquals(before, snapshot(root()));
    Path b = Fixtures.capture(folder, source("b", 2));
    ImportSummary both = importAll(a, b);
    assertEquals(1, both.added());
    assertEquals(1, both.unchanged());
    assertEquals(2, open().manifest().prompts().size());
    assertEquals(List.of(), verify());
  }

  @Test
  void otherContentUnderAKnownNameIsAnError() {
    importAll(Fixtures.capture(folder, source("a", 1)));
    Map<String, Integer> before = snapshot(root());
    Path other = Fixtures.capture(folder, source("a", 2));
    refusal(
        () -> importAll(other),
        "prompt 'm/a' is in the dataset already with other content",
        "tensor 'layers.0.key' has sha256");
    MemorySource shorter = Fixtures.source("m", "a", 1, SHAPE, DType.F16, 4, 1);
    refusal(
        () -> importAll(Fixtures.capture(folder, shorter)), "tokens, positions or layers differ");
    assertEquals(before, snapshot(root()));
  }

  @Test
  void nothingIsAddedOnAnyError() {
    Path good = Fixtures.capture(folder, source("a", 1));
    Path bad = Fixtures.bytes(folder.resolve("z.safetensors"), new byte[3]);
    refusal(() -> importAll(good, bad), "only 3 bytes");
    assertFalse(Files.exists(root()));
    importAll(good);
    Map<String, Integer> before = snapshot(root());
    Path second = Fixtures.capture(folder, source("b", 1));
    refusal(() -> importAll(second, bad), "only 3 bytes");
    Path late = Fixtures.capture(folder, withValue(source("c", 1), 5, Float.NaN));
    refusal(() -> importAll(second, late), "holds NaN", "; nothing was added");
    assertEquals(before, snapshot(root()));
  }

  @Test
  void twoFilesOfOneImportThatDifferAreBothNamed() throws Exception {
    Path second = folder.resolve("second.safetensors");
    Files.move(Fixtures.capture(folder, source("a", 2)), second);
    Path first = Fixtures.capture(folder, source("a", 1));
    refusal(
        () -> importAll(first, second),
        second + ": prompt 'm/a' is in " + first + " with other content (tensor 'layers.0.key'",
        "; give it another prompt name or another dataset; nothing was added");
  }

  private static MemorySource withValue(MemorySource source, int index, float value) {
    List<KvTensor> all = tensors(source);
    all.get(1).data()[index] = value;
    return new MemorySource(source.model(), source.prompt(), Map.of(0, all.subList(0, 3)));
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void notANumberAndInfinityAreNamedWithTheirIndex(DType dtype) {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      MemorySource source = Fixtures.source("m", "p", 1, SHAPE, dtype, 4, 1);
      // tensors come as key, query, value; the query is [4, 4, 4]: token 2, head 1, channel 3
      Path file = Fixtures.capture(folder, withValue(source, 2 * 16 + 4 + 3, bad));
      refusal(
          () -> importAll(file),
          file + ": tensor 'layers.0.query' holds " + bad + " at head 1, token 2, channel 3");
    }
    assertFalse(Files.exists(root()));
  }

  @Test
  void modelsMustAgree() {
    importAll(Fixtures.capture(folder, source("a", 1)));
    MemorySource wide = Fixtures.source("m", "b", 1, new TensorShape(20, 2, 8), DType.F16, 4, 1);
    refusal(
        () -> importAll(Fixtures.capture(folder, wide)),
        "model 'm' differs from the one known by that name: head dimension is 8, expected 4");
    MemorySource source = source("b", 1);
    ModelInfo m = source.model();
    ModelInfo scaled =
        new ModelInfo("m", m.architecture(), 4, 2, 4, RopeStage.PRE, RopeStage.PRE, m.rope(), 0.25);
    List<KvTensor> all = tensors(source).subList(0, 3);
    refusal(
        () ->
            importAll(
                Fixtures.capture(
                    folder, new MemorySource(scaled, source.prompt(), Map.of(0, all)))),
        "attention_scale is 0.25, expected 0.125");
  }

  @Test
  void aCaptureWithoutQueriesLearnsTheirHeadsFromAnother() {
    importAll(Fixtures.capture(folder, Fixtures.source("m", "a", 1, SHAPE, DType.F16, 0, 1)));
    assertEquals(0, open().manifest().model("m").queryHeads());
    importAll(Fixtures.capture(folder, source("b", 1)));
    assertEquals(4, open().manifest().model("m").queryHeads());
    importAll(Fixtures.capture(folder, Fixtures.source("m", "c", 1, SHAPE, DType.F16, 0, 1)));
    assertEquals(4, open().manifest().model("m").queryHeads());
  }

  @Test
  void keysAloneAreACapture() {
    MemorySource source = source("a", 1);
    KvTensor key = tensors(source).get(0);
    PromptHead head = new PromptHead("m", "a", 20, 0, OptionalInt.empty(), Map.of());
    ModelInfo model = Fixtures.model("m", 0, 2, 4);
    List<String> said = new ArrayList<>();
    Path file = Fixtures.capture(folder, new MemorySource(model, head, Map.of(3, List.of(key))));
    new CaptureImporter(hadoop(root()), CONF, said::add).importPaths(List.of(file.toString()));
    assertEquals(
        "note: m/a has no value tensor of layer 3: what needs both is not measured there",
        said.get(1));
    PromptInfo prompt = open().manifest().prompt("m", "a");
    assertEquals(List.of(3), prompt.layers(TensorKind.KEY));
    assertEquals(List.of(), prompt.layers(TensorKind.VALUE));
    assertTrue(prompt.tensor(3, TensorKind.VALUE).isEmpty());
  }

  @Test
  void foldersAndPatterns() throws Exception {
    Fixtures.capture(folder, source("a", 1));
    Fixtures.capture(folder, source("b", 2));
    assertEquals(2, importAll(folder.resolve("*.safetensors")).added());
    assertEquals(2, importAll(folder).unchanged());
    assertEquals(1, importAll(folder.resolve("m__[a].safe*")).unchanged());
    refusal(() -> importAll(folder.resolve("x*.safetensors")), "the pattern matches nothing");
    refusal(() -> importAll(folder.resolve("none.safetensors")), "no such file or folder");
    refusal(() -> importAll(), "nothing to import");
    refusal(
        () -> importAll(root().resolve("tensors")),
        "holds neither *.safetensors nor a dataset.json");
    Path parquet = folder.resolve("parquet/x.parquet");
    Files.createDirectories(parquet.getParent());
    Fixtures.bytes(parquet, new byte[1]);
    for (Path path : List.of(parquet, parquet.getParent())) {
      refusal(
          () -> importAll(path),
          path
              + ": Parquet, and no dataset.json beside it; write one to "
              + parquet.resolveSibling("dataset.json")
              + " with the models and prompts: datasets/README.md has an example");
    }
  }

  @Test
  void leftoversOfAKilledImportAreSwept() throws Exception {
    Path staging = Files.createDirectories(root().resolve("_staging/tensors/m__x"));
    Files.write(staging.resolve("part-00000.parquet"), new byte[9]);
    Path moved = Files.createDirectories(root().resolve("tensors/m__a"));
    Files.write(moved.resolve("part-00009.parquet"), new byte[9]);
    importAll(Fixtures.capture(folder, source("a", 1)));
    assertFalse(Files.exists(root().resolve("_staging")));
    assertFalse(Files.exists(moved.resolve("part-00009.parquet")));
    assertEquals(List.of(), verify());
  }

  @Test
  void aDatasetThatChangesMeanwhileIsNotOverwritten() throws Exception {
    Path a = Fixtures.capture(folder, source("a", 1));
    importAll(a);
    Path json = root().resolve("dataset.json");
    String changed = Files.readString(json) + "\n";
    List<String> said = new ArrayList<>();
    CaptureImporter importer =
        new CaptureImporter(
            hadoop(root()),
            CONF,
            line -> {
              said.add(line);
              Fixtures.bytes(json, changed.getBytes(StandardCharsets.UTF_8));
            });
    Path b = Fixtures.capture(folder, source("b", 1));
    refusal(
        () -> importer.importPaths(List.of(b.toString())),
        "dataset.json changed during the import; another import runs on this dataset");
    assertEquals(List.of("read m/b (" + b + ")"), said);
    assertEquals(changed, Files.readString(json));
    assertFalse(Files.exists(root().resolve("tensors/m__b")));
  }

  @Test
  void unwritableFolder() throws Exception {
    Path capture = Fixtures.capture(folder, source("a", 1));
    Files.write(root(), new byte[1]);
    refusal(() -> importAll(capture), root().toString(), "check the path, its permissions");
    Files.delete(root());
    Files.createDirectories(root());
    Files.write(root().resolve("tensors"), new byte[1]);
    refusal(() -> importAll(capture), "tensors", "cannot be written");
    assertEquals(2, snapshot(root()).size());
  }

  @Test
  void aLargeTensorDoesNotFitInWhatMemoryIsLeft() throws Exception {
    int tokens = 200_000; // x 8 heads x 128 channels x 2 bytes = 410 MB
    long bytes = tokens * 8L * 128 * 2;
    String header =
        ("{\"__metadata__\":{\"format\":\"kv-capture/1\",\"model\":\"m\",\"prompt\":\"p\","
                + "\"architecture\":\"A\",\"tokens\":\"%d\",\"key_rope_stage\":\"none\","
                + "\"first_position\":\"0\",\"attention_scale\":\"0.5\"},"
                + "\"layers.0.key\":{\"dtype\":\"F16\",\"shape\":[8,%d,128],\"data_offsets\":[0,%d]}}")
            .formatted(tokens, tokens, bytes);
    Path file = Fixtures.raw(folder.resolve("large.safetensors"), header, 0);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(8 + header.length() + bytes);
    }
    List<byte[]> ballast = new ArrayList<>();
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    long room = 300L << 20;
    while (runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory()) > room) {
      ballast.add(new byte[8 << 20]);
    }
    assertTrue(runtime.maxMemory() > bytes + room, "run with -Xmx1g as the build does");
    assertEquals(bytes, importAll(file).bytes());
    Arrays.fill(ballast.get(0), (byte) 1); // keeps the ballast alive until here
    assertEquals(25, ballastFreeBlocks());
  }

  private long ballastFreeBlocks() throws Exception {
    BlockFile file = BlockFile.open(new Store(hadoop(root()), CONF), hadoop(onlyParquet()));
    return file.groups().stream().mapToLong(group -> group.getRowCount()).sum();
  }

  @Test
  void promptsThatShareAFolderNameAreToldApart() {
    assertEquals("m__p", Slug.of(new PromptKey("m", "p")));
    List<PromptKey> keys =
        List.of(
            new PromptKey("a__b", "c"),
            new PromptKey("a", "b__c"),
            new PromptKey("a_", "_b"),
            new PromptKey("a/b", "c"),
            new PromptKey("a?b", "c"),
            new PromptKey("A", "b"),
            new PromptKey("a", "b"),
            new PromptKey("..", ".."),
            new PromptKey("_m", "p"),
            new PromptKey("k=v", "p"),
            new PromptKey("x".repeat(200), "p"),
            new PromptKey("x".repeat(200), "q"));
    List<String> slugs = keys.stream().map(Slug::of).toList();
    assertEquals(
        keys.size(),
        slugs.stream().map(s -> s.toLowerCase(java.util.Locale.ROOT)).distinct().count());
    slugs.forEach(slug -> assertTrue(slug.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,140}"), slug));
  }
}
