package io.kvsweep.udfs.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.UnencodableException;
import io.kvsweep.udfs.codec.FactorRanges;
import io.kvsweep.udfs.codec.Reconstruction;
import io.kvsweep.udfs.codec.Spectrum;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.method.none.NoneMethod;
import io.kvsweep.udfs.result.RangeRow;
import io.kvsweep.udfs.result.ResultRow;
import io.kvsweep.udfs.result.SpectrumRow;
import io.kvsweep.udfs.result.Subject;
import io.kvsweep.udfs.spec.Arguments;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.MethodRegistry;
import io.kvsweep.udfs.spec.Parameter;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DiagnosesTest {
  private static Diagnoses diagnose(LayerUnit unit, Cell... cells) {
    Diagnoses diagnoses = new Diagnoses("run");
    List<ResultRow> rows =
        new LayerMeasurement(ToyUnits.REGISTRY, Optional.of(diagnoses))
            .measure(unit, List.of(cells));
    rows.forEach(row -> assertTrue(row.measured()));
    return diagnoses;
  }

  @Test
  void rowsOfTheCellsThatHaveThem() {
    Cell svdq = ToyUnits.cell("svdq(bits=2)", CellKind.VALUE);
    Cell deco = ToyUnits.cell("decoquant(bits=4,inner=8)", CellKind.KEY);
    Diagnoses diagnoses =
        diagnose(ToyUnits.layer(40, 3), ToyUnits.cell("rtn(bits=4)", CellKind.KEY), svdq, deco);
    assertEquals(1, diagnoses.spectra().size());
    SpectrumRow spectrum = diagnoses.spectra().get(0);
    assertEquals(
        new Subject("run", svdq.cellId(), "unit", "toy", "prompt", 3, "value", svdq.spec(), 1),
        spectrum.subject());
    assertEquals(40, spectrum.tokens());
    assertEquals(16, spectrum.channels());
    assertEquals(16, spectrum.singularValues().length);
    assertEquals("measured", spectrum.status());
    assertNull(spectrum.error());
    assertEquals(
        List.of("matrix", "large", "small"),
        diagnoses.ranges().stream().map(RangeRow::tensor).toList());
    for (RangeRow range : diagnoses.ranges()) {
      assertEquals(deco.cellId(), range.subject().cellId());
      assertEquals("post", range.ropeStage());
      assertEquals(8, range.inner());
      assertEquals(range.absmax() / range.rms(), range.absmaxOverRms());
    }
  }

  @Test
  void aCellOfBothHasRowsForEach() {
    Cell both = ToyUnits.cell("pair(key=svdq(bits=2),value=svdq(bits=3))", CellKind.BOTH);
    List<SpectrumRow> spectra = diagnose(ToyUnits.layer(40, 0), both).spectra();
    assertEquals(
        List.of("key", "value"), spectra.stream().map(row -> row.subject().kind()).toList());
    assertEquals(List.of(2.0, 3.0), spectra.stream().map(SpectrumRow::nominalBits).toList());
    assertEquals(both.spec(), spectra.get(0).subject().methodSpec());
  }

  /** What a selector leaves whole is not in the measured error that theory is held against. */
  @Test
  void notBehindASelector() {
    Cell cell = ToyUnits.cell("toy-every(n=2) | svdq(bits=2)", CellKind.KEY);
    assertEquals(List.of(), diagnose(ToyUnits.layer(40, 0), cell).spectra());
  }

  @Test
  void withoutACollectorNothingIsDiagnosed() {
    MethodRegistry registry = new MethodRegistry(List.of(new Undiagnosable()));
    Cell cell = Cell.of(registry, registry.expand("moody").get(0), CellKind.KEY, 1);
    assertTrue(
        new LayerMeasurement(registry)
            .measure(ToyUnits.layer(9, 2), List.of(cell))
            .get(0)
            .measured());
  }

  /** Each table has a row with the reason; the cell is as it would be without. */
  @Test
  void aFailedDiagnosisIsARowAndTheCellStaysMeasured() {
    MethodRegistry registry = new MethodRegistry(List.of(new Undiagnosable()));
    Cell cell = Cell.of(registry, registry.expand("moody").get(0), CellKind.KEY, 1);
    Diagnoses diagnoses = new Diagnoses("run");
    ResultRow row =
        new LayerMeasurement(registry, Optional.of(diagnoses))
            .measure(ToyUnits.layer(9, 2), List.of(cell))
            .get(0);
    assertTrue(row.measured());
    SpectrumRow spectrum = diagnoses.spectra().get(0);
    assertEquals("failed", spectrum.status());
    assertEquals("no spectrum today", spectrum.error());
    assertEquals(cell.cellId(), spectrum.subject().cellId());
    assertNull(spectrum.predictedNmse());
    RangeRow range = diagnoses.ranges().get(0);
    assertEquals("failed", range.status());
    assertTrue(range.error().startsWith("the cell was measured, but the heap is too small"));
  }

  /** Like {@code none}, but for what theory says. */
  private static final class Undiagnosable implements Method.OfTensor {
    private final NoneMethod none = new NoneMethod();

    @Override
    public String name() {
      return "moody";
    }

    @Override
    public int version() {
      return 1;
    }

    @Override
    public String summary() {
      return "fails to be diagnosed";
    }

    @Override
    public List<Parameter> parameters() {
      return none.parameters();
    }

    @Override
    public Fidelity fidelity(Arguments arguments) {
      return Fidelity.VARIANT;
    }

    @Override
    public TensorCodec create(String stage, Arguments arguments, long seed) {
      TensorCodec codec = none.create(stage, arguments, seed);
      return new TensorCodec() {
        @Override
        public RopeStage rope() {
          return codec.rope();
        }

        @Override
        public double nominalBits(byte[] block) {
          return codec.nominalBits(block);
        }

        @Override
        public byte[] encode(TensorView view) {
          return codec.encode(view);
        }

        @Override
        public Reconstruction decode(byte[] block, TensorShape expected) {
          return codec.decode(block, expected);
        }

        @Override
        public long projectedBytes(TensorView view, byte[] block, int tokens) {
          return codec.projectedBytes(view, block, tokens);
        }

        @Override
        public List<Spectrum> spectra(TensorView view, byte[] block) {
          throw new UnencodableException("no spectrum today");
        }

        @Override
        public Optional<FactorRanges> ranges(TensorView view) {
          throw new OutOfMemoryError("no room today");
        }
      };
    }
  }
}
