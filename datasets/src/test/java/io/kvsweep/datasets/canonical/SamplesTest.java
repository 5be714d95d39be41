package io.kvsweep.datasets.canonical;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.TensorKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import org.junit.jupiter.api.Test;

class SamplesTest extends DatasetTestBase {
  private static final Path SAMPLES = Path.of("samples");
  private static final Path SHARED = Path.of("../../shared/captures");

  @Test
  void samplesAreSmallDocumentedAndReadable() throws Exception {
    String readme = Files.readString(SAMPLES.resolve("README.md"));
    long bytes = 0;
    try (var files = Files.newDirectoryStream(SAMPLES, "*.safetensors")) {
      for (Path file : files) {
        MessageDigest digest = Hashes.sha256();
        digest.update(Files.readAllBytes(file));
        assertTrue(readme.contains(Hashes.hex(digest)), file + ": sha256 is not in README.md");
        bytes += Files.size(file);
      }
    }
    assertTrue(bytes <= 16 << 20);
    assertEquals(4, importAll(SAMPLES).added());
    DatasetManifest manifest = open().manifest();
    assertEquals(3, manifest.models().size());
    PromptInfo dracula = manifest.prompt("books-llama-13m", "dracula");
    assertEquals(List.of(1, 2, 3), dracula.layers());
    assertEquals("3.6621", dracula.metadata().get("nats_per_token"));
    KvTensor query = reader().read(dracula.key(), 2, TensorKind.QUERY);
    assertEquals("[64, 6, 64]", query.shape().toString());
    assertEquals(1984, query.firstPosition());
    assertEquals(List.of(), verify());
  }

  @Test
  void sharedCapturesImport() {
    assumeTrue(
        Files.isDirectory(SHARED), "skipped: the larger captures are not at ../../shared/captures");
    ImportSummary summary = importAll(SHARED);
    assertEquals(open().manifest().prompts().size(), summary.added());
    assertEquals(List.of(), verify());
    // A sample holds a part of its capture, so under the same name it is another content.
    refusal(() -> importAll(SAMPLES), "is in the dataset already with other content");
  }
}
