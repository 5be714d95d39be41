package io.kvsweep.datasets.canonical;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kvsweep.datasets.tensor.ModelInfo;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code dataset.json} as text: keys always in the same order, one line feed on any system. */
final class ManifestWriter {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private ManifestWriter() {}

  static String write(DatasetManifest manifest) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("schema", CanonicalSchema.VERSION);
    out.put("models", manifest.models().stream().map(ManifestWriter::model).toList());
    out.put("prompts", manifest.prompts().stream().map(ManifestWriter::prompt).toList());
    out.put("files", manifest.files().stream().map(ManifestWriter::file).toList());
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter().withObjectIndenter(indenter);
    printer.indentArraysWith(indenter);
    try {
      return MAPPER.writer(printer).writeValueAsString(out) + "\n";
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e); // maps, lists, strings and numbers cannot fail
    }
  }

  private static Map<String, Object> model(ModelInfo model) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("model", model.model());
    out.put("architecture", model.architecture());
    out.put("query_heads", model.queryHeads());
    out.put("kv_heads", model.kvHeads());
    out.put("head_dim", model.headDim());
    out.put("key_rope_stage", model.keyStage().label());
    out.put("query_rope_stage", model.queryStage().label());
    model
        .rope()
        .ifPresent(
            rope -> {
              out.put("rope_type", "default");
              out.put("rope_theta", rope.theta());
              out.put("rope_layout", "half");
            });
    out.put("attention_scale", model.attentionScale());
    return out;
  }

  private static Map<String, Object> prompt(PromptInfo prompt) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("model", prompt.model());
    out.put("prompt", prompt.prompt());
    out.put("tokens", prompt.tokens());
    out.put("first_position", prompt.firstPosition());
    prompt.queryFirstPosition().ifPresent(first -> out.put("query_first_position", first));
    out.put("metadata", prompt.metadata());
    out.put("tensors", prompt.tensors().stream().map(ManifestWriter::tensor).toList());
    return out;
  }

  private static Map<String, Object> tensor(TensorInfo tensor) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("layer", tensor.layer());
    out.put("kind", tensor.kind().label());
    out.put(
        "shape",
        List.of(tensor.shape().tokens(), tensor.shape().heads(), tensor.shape().headDim()));
    out.put("dtype", tensor.dtype().label());
    out.put("rope_stage", tensor.ropeStage().label());
    out.put("first_position", tensor.firstPosition());
    out.put("sha256", tensor.sha256());
    return out;
  }

  private static Map<String, Object> file(DataFile file) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("path", file.path());
    out.put("bytes", file.bytes());
    out.put("sha256", file.sha256());
    out.put(
        "prompts",
        file.prompts().stream()
            .map(
                key -> {
                  Map<String, Object> entry = new LinkedHashMap<>();
                  entry.put("model", key.model());
                  entry.put("prompt", key.prompt());
                  return entry;
                })
            .toList());
    return out;
  }
}
