package io.kvsweep.udfs.method;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.LittleEndian;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.UnencodableException;
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
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bytes of a block are all that decoding needs: another JVM gets the same floats. */
class FreshJvmTest {
  /** The common case; one token; fewer tokens than channels, of which no power of two divides C. */
  private static final List<TensorShape> SHAPES =
      List.of(new TensorShape(150, 3, 16), new TensorShape(1, 2, 48), new TensorShape(20, 3, 80));

  private static TensorView view(TensorShape shape) {
    float[] data = Tensors.gaussian(Seeds.random(), shape.values(), 1);
    Arrays.fill(data, 0, shape.channels() * (shape.tokens() / 2), 0); // zero rows first
    return Tensors.view(
        TensorKind.KEY,
        RopeStage.PRE,
        DType.F16,
        data,
        shape.tokens(),
        shape.heads(),
        shape.headDim());
  }

  private static TensorCodec codec(String spec) {
    return (TensorCodec) Methods.STANDARD.pipeline(spec, 1).codec();
  }

  @Test
  void anotherJvmDecodesTheSameFloats(@TempDir Path folder) throws Exception {
    List<String> list = new ArrayList<>();
    for (int s = 0; s < SHAPES.size(); s++) {
      for (String spec : Specs.all()) {
        byte[] block;
        try {
          block = codec(spec).encode(view(SHAPES.get(s)));
        } catch (UnencodableException e) {
          assertTrue(s > 0, () -> spec + ": " + e.getMessage()); // CodecConformanceTest says which
          continue;
        }
        Files.write(folder.resolve(list.size() + ".block"), block);
        list.add(s + " " + spec);
      }
    }
    assertTrue(list.size() > 2.8 * Specs.all().size(), "few are refused");
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
      byte[] here = decoded(list.get(i), folder.resolve(i + ".block"));
      assertArrayEquals(here, Files.readAllBytes(folder.resolve(i + ".floats")), list.get(i));
    }
  }

  /** Floats of a block, by a line of the list: index of the shape, specification. */
  private static byte[] decoded(String line, Path block) throws IOException {
    int blank = line.indexOf(' ');
    TensorShape shape = SHAPES.get(Integer.parseInt(line.substring(0, blank)));
    return bytes(codec(line.substring(blank + 1)).decode(Files.readAllBytes(block), shape).data());
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
        Path floats = folder.resolve(i + ".floats");
        Files.write(floats, decoded(specs.get(i), folder.resolve(i + ".block")));
      }
    }
  }
}
