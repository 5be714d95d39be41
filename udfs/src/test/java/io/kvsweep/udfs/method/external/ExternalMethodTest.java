package io.kvsweep.udfs.method.external;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.udfs.codec.ExternalCodec;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.InvalidSpecException;
import io.kvsweep.udfs.spec.MethodSpec;
import io.kvsweep.udfs.spec.Pipeline;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExternalMethodTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      value = {
        "external(dir=recon) @ external(name=recon)",
        "external(dir=../a/recon-3.x/) @ external(name=recon-3.x)",
        "external(name=mine,dir=s3a://bucket/a b/c) @ external(name=mine)",
        "external(dir=hdfs://host:9000/r,bits=3.250) @ external(bits=3.25,name=r)",
        "external(dir=C:\\data\\recon,bits=10) @ external(bits=10,name=recon)",
      })
  void cellsShowTheNameAndNeverThePath(String spec, String shown) {
    Pipeline pipeline = Methods.STANDARD.pipeline(spec, 1);
    ExternalCodec codec = (ExternalCodec) pipeline.codec();
    assertEquals(shown, codec.spec());
    assertEquals(Fidelity.DECLARED, pipeline.fidelity());
    assertEquals("external", pipeline.method());
    // What is shown is a specification again, of the same name.
    assertEquals(List.of(new MethodSpec(shown, shown)), Methods.STANDARD.expand(shown));
    assertEquals(shown, ((ExternalCodec) Methods.STANDARD.pipeline(shown, 1).codec()).spec());
  }

  @Test
  void aListOfFoldersIsAGrid() {
    assertEquals(
        List.of("external(dir=a)", "external(dir=b)"),
        Methods.STANDARD.expand("external(dir=[a,b])").stream().map(MethodSpec::key).toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      quoteCharacter = '"',
      value = {
        "external @ external: give dir=DATASET",
        "external(dir=..) @ external: add name=WORD: dir ends with no plain word",
        "external(dir=a,name=x/y) @ invalid name=x/y: expected 1 to 100 letters, digits and . _ + -",
        "external(dir=a,bits=0) @ invalid bits=0: expected a number above 0, up to 64",
        "external(dir=a,bits=65) @ invalid bits=65: expected a number above 0, up to 64",
        "external(dir=a,bits=1e-999999999) @ invalid bits=1e-999999999: expected a number above 0, up to 64",
        "pair(key=external(dir=a),value=none) @ 'external' cannot stand in a pair: put the keys and values of one method into one dataset and name it alone",
        "hadamard | external(dir=a) @ 'external' brings tensors that were reconstructed elsewhere: it stands alone, without '|'",
        "knorm(budget=4) | external(dir=a) @ 'external' brings tensors that were reconstructed elsewhere: it stands alone, without '|'",
        "external(dir=a) | none @ 'external' brings tensors that were reconstructed elsewhere: it stands alone, without '|'",
      })
  void whatDoesNotFitIsRefused(String spec, String problem) {
    InvalidSpecException e =
        assertThrows(
            InvalidSpecException.class,
            () ->
                Methods.STANDARD
                    .expand(spec)
                    .forEach(expanded -> Methods.STANDARD.pipeline(expanded.key(), 1)));
    assertTrue(e.getMessage().endsWith(": " + problem), e.getMessage());
  }
}
