package io.kvsweep.udfs.measure;

import io.kvsweep.udfs.codec.FactorRanges;
import io.kvsweep.udfs.codec.RangeEvidence;
import io.kvsweep.udfs.codec.Spectrum;
import io.kvsweep.udfs.linalg.ExponentialDecay;
import io.kvsweep.udfs.result.RangeRow;
import io.kvsweep.udfs.result.SpectrumRow;
import io.kvsweep.udfs.result.Status;
import io.kvsweep.udfs.result.Subject;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects the theory and the range evidence beside the measured layer-local cells of a unit. A
 * diagnosis that fails is a row with the reason, and leaves the cell as it was measured.
 */
public final class Diagnoses {
  private static final String TOO_LARGE =
      "the cell was measured, but the heap is too small for its diagnosis; give Java more (KVSWEEP_HEAP=8g, on a cluster --executor-memory 8g) and sweep into another output";

  private final String runId;
  private final List<SpectrumRow> spectra = new ArrayList<>();
  private final List<RangeRow> ranges = new ArrayList<>();

  public Diagnoses(String runId) {
    this.runId = runId;
  }

  /** Rows of the table {@code spectra}, in the order of cells. */
  public List<SpectrumRow> spectra() {
    return List.copyOf(spectra);
  }

  /** Rows of the table {@code ranges}, in the order of cells. */
  public List<RangeRow> ranges() {
    return List.copyOf(ranges);
  }

  /** Diagnoses one tensor of a cell. */
  void add(UnitKey unit, Cell cell, CodedTensor coded) {
    Subject subject =
        new Subject(
            runId,
            cell.cellId(),
            unit.unitId(),
            unit.model(),
            unit.prompt(),
            unit.layer(),
            coded.view().tensor().kind().label(),
            cell.spec(),
            cell.seed());
    try {
      for (Spectrum spectrum : coded.codec().spectra(coded.view(), coded.block())) {
        spectra.add(row(subject, spectrum));
      }
    } catch (RuntimeException e) {
      spectra.add(SpectrumRow.failed(subject, Failures.describe(cell, unit, e)));
    } catch (OutOfMemoryError e) {
      spectra.add(SpectrumRow.failed(subject, TOO_LARGE));
    }
    try {
      coded.codec().ranges(coded.view()).ifPresent(found -> addRanges(subject, coded, found));
    } catch (RuntimeException e) {
      ranges.add(RangeRow.failed(subject, Failures.describe(cell, unit, e)));
    } catch (OutOfMemoryError e) {
      ranges.add(RangeRow.failed(subject, TOO_LARGE));
    }
  }

  private static SpectrumRow row(Subject subject, Spectrum spectrum) {
    ExponentialDecay decay = ExponentialDecay.fit(spectrum.energies(), spectrum.tokens());
    return new SpectrumRow(
        subject,
        spectrum.head(),
        spectrum.tokens(),
        spectrum.energies().length,
        spectrum.singularValues(),
        decay.rate(),
        decay.r2(),
        spectrum.channels99(),
        spectrum.nominalBits(),
        spectrum.predictedNmse(),
        spectrum.predictedNmseGaussian(),
        Status.MEASURED.label(),
        null);
  }

  private void addRanges(Subject subject, CodedTensor coded, FactorRanges found) {
    String stage = coded.view().stage(coded.codec().rope()).label();
    ranges.add(row(subject, found, stage, "matrix", found.matrix()));
    ranges.add(row(subject, found, stage, "large", found.large()));
    ranges.add(row(subject, found, stage, "small", found.small()));
  }

  private static RangeRow row(
      Subject subject, FactorRanges found, String stage, String tensor, RangeEvidence evidence) {
    return new RangeRow(
        subject,
        found.variant(),
        found.inner(),
        stage,
        tensor,
        evidence.entries(),
        evidence.iqr(),
        evidence.absmax(),
        evidence.rms(),
        evidence.absmaxOverRms(),
        evidence.kurtosis(),
        Status.MEASURED.label(),
        null);
  }
}
