package io.kvsweep.udfs.method.aqua;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.artefact.Artefact;
import io.kvsweep.udfs.codec.CacheCodec;
import io.kvsweep.udfs.method.Methods;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stored bytes and the artefact's file are all that decoding needs. */
class AquaFreshJvmTest {
  private static final String SPEC = "aqua(bits=2)";
  private static final int TOKENS = 70;
  private static final int CHANNELS = 48;
  private static final int LAYERS = 3;

  @Test
  void anotherJvmDecodesTheSameFloats(@TempDir Path folder) throws Exception {
    Aqua.Cache cache = Aqua.correlated(LAYERS, TOKENS, CHANNELS, 0.2, 1);
    Artefact artefact = Aqua.artefact(SPEC, CHANNELS, Aqua.random(LAYERS, CHANNELS, 2));
    CacheCodec codec = codec(artefact);
    Files.write(folder.resolve("artefact"), artefact.bytes());
    List<CacheCodec.Blocks> blocks = Aqua.encode(codec, cache, 0, TOKENS);
    for (int l = 0; l < LAYERS; l++) {
      Files.write(folder.resolve("key-" + l), blocks.get(l).keys());
      Files.write(folder.resolve("value-" + l), blocks.get(l).values());
    }
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xint", // no compiled code, hence no vector code either
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Decoder.class.getName(),
                folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the other JVM is done within a minute");
    assertEquals(0, process.exitValue(), Files.readString(log));
    Aqua.Cache here = Aqua.roundTrip(codec, cache, TOKENS);
    for (int l = 0; l < LAYERS; l++) {
      assertArrayEquals(
          bytes(here.keys().get(l)), Files.readAllBytes(folder.resolve("key-" + l + ".f32")));
      assertArrayEquals(
          bytes(here.values().get(l)), Files.readAllBytes(folder.resolve("value-" + l + ".f32")));
    }
  }

  private static CacheCodec codec(Artefact artefact) {
    return (CacheCodec) Methods.STANDARD.pipeline(SPEC, 1, Optional.of(artefact)).codec();
  }

  private static byte[] bytes(float[] data) {
    byte[] out = new byte[4 * data.length];
    DType.F32.encode(data, 0, out, 0, data.length);
    return out;
  }

  /** What the other JVM runs. */
  static final class Decoder {
    private Decoder() {}

    public static void main(String[] args) throws IOException {
      Path folder = Path.of(args[0]);
      Artefact artefact = Artefact.read(Files.readAllBytes(folder.resolve("artefact")), "artefact");
      CacheCodec.DecodingPass pass =
          codec(artefact)
              .decode(
                  new CacheCodec.Run(
                      0, new TensorShape(TOKENS, 1, CHANNELS), TOKENS, LAYERS, DType.F16));
      for (int l = 0; l < LAYERS; l++) {
        CacheCodec.Decoded decoded =
            pass.next(
                new CacheCodec.Blocks(
                    Files.readAllBytes(folder.resolve("key-" + l)),
                    Files.readAllBytes(folder.resolve("value-" + l))));
        Files.write(folder.resolve("key-" + l + ".f32"), bytes(decoded.keys().data()));
        Files.write(folder.resolve("value-" + l + ".f32"), bytes(decoded.values().data()));
      }
    }
  }
}
