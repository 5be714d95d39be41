package io.kvsweep.udfs.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.LittleEndian;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.testkit.Seeds;
import io.kvsweep.udfs.testkit.Specs;
import io.kvsweep.udfs.testkit.Tensors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bytes of a block are all that decoding needs: another JVM gets the same floats. */
class FreshJvmTest {
  @Test
  void anotherJvmDecodesTheSameFloats(@TempDir Path folder) throws Exception {
    TensorView view =
        Tensors.view(
            TensorKind.KEY,
            RopeStage.PRE,
            DType.F16,
            Tensors.gaussian(Seeds.random(), 150 * 48, 1),
            150,
            3,
            16);
    List<String> list = new ArrayList<>();
    for (String spec : Specs.all()) {
      TensorCodec codec = (TensorCodec) Methods.STANDARD.pipeline(spec, 1).codec();
      byte[] block = codec.encode(view);
      Files.write(folder.resolve(list.size() + ".block"), block);
      assertEquals(block.length, Files.size(folder.resolve(list.size() + ".block")));
      list.add(spec);
    }
    Files.write(folder.resolve("specs"), list);

    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Decoder.class.getName(),
                folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the other JVM is done within a minute");
    assertEquals(0, process.exitValue(), () -> read(log));
    for (int i = 0; i < list.size(); i++) {
      TensorCodec codec = (TensorCodec) Methods.STANDARD.pipeline(list.get(i), 1).codec();
      byte[] here =
          bytes(
              codec.decode(Files.readAllBytes(folder.resolve(i + ".block")), view.shape()).data());
      assertArrayEquals(here, Files.readAllBytes(folder.resolve(i + ".floats")), list.get(i));
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static byte[] bytes(float[] data) {
    byte[] out = new byte[4 * data.length];
    for (int i = 0; i < data.length; i++) {
      LittleEndian.putInt(out, 4 * i, Float.floatToRawIntBits(data[i]));
    }
    return out;
  }

  /** What the other JVM runs. */
  static final class Decoder {
    private Decoder() {}

    public static void main(String[] args) throws IOException {
      Path folder = Path.of(args[0]);
      List<String> specs = Files.readAllLines(folder.resolve("specs"));
      for (int i = 0; i < specs.size(); i++) {
        TensorCodec codec = (TensorCodec) Methods.STANDARD.pipeline(specs.get(i), 1).codec();
        byte[] block = Files.readAllBytes(folder.resolve(i + ".block"));
        float[] data = codec.decode(block, new TensorShape(150, 3, 16)).data();
        Files.write(folder.resolve(i + ".floats"), bytes(data));
      }
    }
  }
}
