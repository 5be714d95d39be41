package io.kvsweep.datasets.canonical;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.capture.Fixtures;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.TensorShape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ManifestTest extends DatasetTestBase {
  private Path json;

  @BeforeEach
  void importOne() {
    importAll(
        Fixtures.capture(
            folder, Fixtures.source("m", "p", 1, new TensorShape(6, 2, 4), DType.F16, 2, 1)));
    json = root().resolve("dataset.json");
  }

  @Test
  void textComesBackTheSame() throws Exception {
    String text = Files.readString(json);
    DatasetManifest manifest = DatasetManifest.fromJson(text, "here");
    assertEquals(text, manifest.toJson());
    assertEquals(open().manifest(), manifest);
    assertTrue(text.startsWith("{\n  \"schema\" : \"kvsweep-dataset/1\",\n  \"models\""), text);
  }

  static Stream<Arguments> slips() {
    return Stream.of(
        Arguments.of("kvsweep-dataset/1", "kvsweep-dataset/2", "is newer than this kvsweep"),
        Arguments.of(
            "kvsweep-dataset/1", "other", "unknown schema 'other'; expected 'kvsweep-dataset/1'"),
        Arguments.of("\"schema\"", "\"scheme\"", "unknown key 'scheme'; known keys: files, models"),
        Arguments.of(
            "\"kv_heads\" : 2",
            "\"kv_heads\" : 0",
            "models[0]: 'kv_heads' must be an integer from 1"),
        Arguments.of(
            "\"kv_heads\" : 2",
            "\"kv_heads\" : 3",
            "models[0]: model 'm': 4 query heads and 3 KV heads"),
        Arguments.of("\"rope_type\" : \"default\"", "\"rope_type\" : \"x\"", "'rope_type' is 'x'"),
        Arguments.of("\"rope_theta\" : 10000.0,", "", "unknown"),
        Arguments.of(
            "\"kind\" : \"query\"", "\"kind\" : \"k\"", "prompts[0]: tensors[1]: unknown kind 'k'"),
        Arguments.of("\"sha256\" : \"", "\"sha256\" : \"X", "'sha256' must be 64 lower-case"),
        Arguments.of(
            "\"first_position\"", "\"first_postion\"", "unknown key 'first_postion'; known keys"),
        Arguments.of("\"tokens\" : 6", "\"tokens\" : \"6\"", "'tokens' must be an integer"),
        Arguments.of(
            "\"tokens\" : 6", "\"tokens\" : 6, \"tokens\" : 7", "Duplicate field 'tokens'"),
        Arguments.of("\"path\" : \"", "\"path\" : \"../", "must be relative to the dataset"),
        Arguments.of(
            "\"model\" : \"m\",\n      \"prompt\"",
            "\"model\" : \"n\",\n      \"prompt\"",
            "names a model that is not listed"),
        Arguments.of("\n}\n", "\n} {}", "malformed JSON"));
  }

  @ParameterizedTest
  @MethodSource("slips")
  void refusesWithPlace(String from, String to, String expected) throws Exception {
    String text = Files.readString(json);
    assertTrue(text.contains(from), text);
    String changed = text.replace(from, to);
    Files.writeString(json, changed);
    if (expected.equals("unknown")) { // rope parameters without their base
      refusal(this::open, json.toString(), "need rope parameters exactly if one is not none");
      return;
    }
    refusal(this::open, json.toString(), expected);
  }

  @Test
  void missingEmptyAndIncomplete() throws Exception {
    refusal(
        () -> Dataset.open(hadoop(folder.resolve("none")), CONF),
        "none: no such dataset folder",
        "kvsweep import");
    Files.writeString(
        json, "{\"schema\":\"kvsweep-dataset/1\",\"models\":[],\"prompts\":[],\"files\":[]}");
    refusal(this::open, "the dataset is empty", "kvsweep import");
    Files.writeString(
        json,
        """
        {"models":[{"model":"m","architecture":"A","query_heads":0,"kv_heads":1,"head_dim":4,
        "key_rope_stage":"none","query_rope_stage":"none","attention_scale":0.5}],
        "prompts":[{"model":"m","prompt":"p","tokens":3,"first_position":0}]}""");
    refusal(this::open, "lists no tensors or no files of prompt 'm/p'", "kvsweep import");
    Files.delete(json);
    refusal(
        this::open, "no dataset, dataset.json is missing", "give the folder that 'kvsweep import");
  }
}
