package io.kvsweep.udfs.method.svdq;

import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import io.kvsweep.udfs.block.BitReader;
import io.kvsweep.udfs.block.BitWriter;
import io.kvsweep.udfs.block.CodecId;
import io.kvsweep.udfs.block.EncodedBlock;
import io.kvsweep.udfs.block.HalfReader;
import io.kvsweep.udfs.block.HalfWriter;
import io.kvsweep.udfs.block.MalformedBlockException;
import io.kvsweep.udfs.block.Section;
import io.kvsweep.udfs.block.UnencodableException;
import io.kvsweep.udfs.codec.ExactTokens;
import io.kvsweep.udfs.codec.ReadGrain;
import io.kvsweep.udfs.codec.Reconstruction;
import io.kvsweep.udfs.codec.Spectrum;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import io.kvsweep.udfs.linalg.PrincipalAxes;
import io.kvsweep.udfs.method.quant.AffineQuantizer;
import io.kvsweep.udfs.method.quant.AffineQuantizer.Levels;
import io.kvsweep.udfs.method.quant.GroupQuantizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Block layout, for each part (all heads joined, or one head after the other): codes = kept latent
 * channels in order, a channel's tokens together, those of the prefill and then those of a frozen
 * tail; parameters = minimum and scale of each token group in the same order; basis = widths of all
 * parts, a byte each, where they depend on the data, then per part the channel means and the kept
 * axes, one after the other; exact = the tail kept whole.
 */
final class SvdqCodec implements TensorCodec {
  private final CodecId id;
  private final ScheduleRule rule;
  private final int group;
  private final Levels levels;
  private final boolean separateHeads;
  private final Tail tail;

  SvdqCodec(
      String stage, ScheduleRule rule, int group, Levels levels, boolean separateHeads, Tail tail) {
    this.id = new CodecId("SVDQ", stage);
    this.rule = rule;
    this.group = group;
    this.levels = levels;
    this.separateHeads = separateHeads;
    this.tail = tail;
  }

  @Override
  public RopeStage rope() {
    return RopeStage.PRE;
  }

  private SvdqLayout layout(TensorShape shape) {
    return SvdqLayout.of(shape, separateHeads, group, levels, tail, rule.adaptive());
  }

  @Override
  public double nominalBits(byte[] block) {
    EncodedBlock in = EncodedBlock.open(block);
    SvdqLayout layout = layout(in.shape());
    double bits = 0;
    for (Schedule schedule : schedules(in, layout)) {
      bits += (double) schedule.bitsPerToken(layout.channels()) / layout.channels();
    }
    return bits / layout.parts();
  }

  @Override
  public byte[] encode(TensorView view) {
    TensorShape shape = view.shape();
    SvdqLayout layout = layout(shape);
    checkTail(shape.tokens());
    PrincipalAxes[] axes = axes(view, layout);
    for (PrincipalAxes part : axes) {
      checkMeans(part);
    }
    Schedule[] schedules = chooseSchedules(view, layout, axes, shape.tokens());
    return EncodedBlock.write(
        id, view.tensor().kind(), shape, view.dtype(), sections(view, layout, axes, schedules));
  }

  private void checkTail(int tokens) {
    if (tail.frozen() && tail.prefill(tokens) == 0) {
      throw new UnencodableException(
          "tail=%s leaves none of %d tokens for the decomposition: use a shorter tail or exact"
              .formatted(tail, tokens));
    }
  }

  /** Of each part; none where the tail is all there is. */
  private PrincipalAxes[] axes(TensorView view, SvdqLayout layout) {
    int prefill = tail.prefill(view.shape().tokens());
    PrincipalAxes[] axes = new PrincipalAxes[prefill == 0 ? 0 : layout.parts()];
    for (int part = 0; part < axes.length; part++) {
      axes[part] = view.principalAxes(rope(), part * layout.channels(), layout.channels(), prefill);
    }
    return axes;
  }

  /** Latents are taken off the stored means: without them there is nothing to choose widths by. */
  private static void checkMeans(PrincipalAxes axes) {
    writeMeans(axes, new HalfWriter(axes.channels()));
  }

  /**
   * @param tokens of the block, whose length counts; errors are those of the view at any length
   */
  private Schedule[] chooseSchedules(
      TensorView view, SvdqLayout layout, PrincipalAxes[] axes, int tokens) {
    Schedule[] schedules = new Schedule[layout.parts()];
    Arrays.fill(schedules, Schedule.NOTHING);
    for (int part = 0; part < axes.length; part++) {
      double[][] errors = rule.adaptive() ? widthErrors(view, part, axes[part]) : new double[0][];
      schedules[part] =
          rule.choose(
              errors,
              layout.channels(),
              schedule -> {
                Schedule[] everywhere = new Schedule[layout.parts()];
                Arrays.fill(everywhere, schedule);
                return layout.totalBytes(everywhere, tokens, view.dtype());
              },
              (long) tokens * view.shape().channels());
    }
    return schedules;
  }

  private record ErrorsKey(int part, int channels, int tokens, int group, Levels levels) {}

  /** Shared by cells that differ in the bits asked for alone. */
  private double[][] widthErrors(TensorView view, int part, PrincipalAxes axes) {
    return view.share(
        new ErrorsKey(part, axes.channels(), axes.tokens(), group, levels),
        () -> WidthErrors.measure(axes, group, levels));
  }

  private Map<Section, byte[]> sections(
      TensorView view, SvdqLayout layout, PrincipalAxes[] axes, Schedule[] schedules) {
    int tokens = view.shape().tokens();
    int prefill = tail.prefill(tokens);
    BitWriter codes = new BitWriter(8 * layout.codeBytes(schedules, tokens));
    HalfWriter parameters = new HalfWriter((int) layout.parameterBytes(schedules, tokens) / 2);
    HalfWriter basis = new HalfWriter((int) layout.basisBytes(schedules, tokens) / 2);
    for (int part = 0; part < axes.length; part++) {
      writeBasis(axes[part], schedules[part], basis);
      encode(axes[part].latents(), prefill, schedules[part], layout, codes, parameters);
      if (tail.frozen()) {
        float[] latents =
            axes[part].project(
                view.channelMajor(rope()),
                tokens,
                prefill,
                tokens - prefill,
                part * layout.channels());
        encode(latents, tokens - prefill, schedules[part], layout, codes, parameters);
      }
    }
    int exactFrom = tail.frozen() ? tokens : prefill;
    return Map.of(
        Section.CODES,
        codes.toByteArray(),
        Section.PARAMETERS,
        parameters.toByteArray(),
        Section.BASIS,
        axes.length == 0 ? new byte[0] : withSchedules(layout, schedules, basis.toByteArray()),
        Section.EXACT,
        ExactTokens.encode(view.data(rope()), view.shape(), view.dtype(), exactFrom, tokens));
  }

  private static void writeMeans(PrincipalAxes axes, HalfWriter basis) {
    for (float mean : axes.mean()) {
      basis.write(mean, "the mean of a channel");
    }
  }

  private static void writeBasis(PrincipalAxes axes, Schedule schedule, HalfWriter basis) {
    writeMeans(axes, basis);
    int entries = schedule.keptChannels(axes.channels()) * axes.channels();
    for (int i = 0; i < entries; i++) {
      basis.write(axes.axes()[i], "an entry of a singular vector");
    }
  }

  private byte[] withSchedules(SvdqLayout layout, Schedule[] schedules, byte[] basis) {
    byte[] out = new byte[layout.scheduleBytes() + basis.length];
    if (rule.adaptive()) {
      for (int part = 0; part < schedules.length; part++) {
        for (int g = 0; g < Schedule.GROUPS; g++) {
          out[part * Schedule.GROUPS + g] = schedules[part].widths().get(g).byteValue();
        }
      }
    }
    System.arraycopy(basis, 0, out, layout.scheduleBytes(), basis.length);
    return out;
  }

  /**
   * @param latents {@code [channels, tokens]}
   */
  private void encode(
      float[] latents,
      int tokens,
      Schedule schedule,
      SvdqLayout layout,
      BitWriter codes,
      HalfWriter parameters) {
    for (int g = 0; g < Schedule.GROUPS; g++) {
      int from = Schedule.start(g, layout.channels());
      int count = Schedule.start(g + 1, layout.channels()) - from;
      int width = schedule.widths().get(g);
      if (width > 0) {
        new AffineQuantizer(width, levels)
            .encodeRuns(latents, from * tokens, count, tokens, group, codes, parameters);
      }
    }
  }

  /** The schedules that a block was coded with. */
  private Schedule[] schedules(EncodedBlock in, SvdqLayout layout) {
    // Each part takes bytes of the basis or, in a tail, of whole tokens: more parts are a lie.
    if (layout.parts() > in.bytes().length) {
      throw new MalformedBlockException(
          "%d heads, more than the block has bytes: %d"
              .formatted(layout.parts(), in.bytes().length),
          20);
    }
    Schedule[] schedules = new Schedule[layout.parts()];
    Arrays.fill(schedules, Schedule.NOTHING);
    if (tail.prefill(in.shape().tokens()) == 0) {
      return schedules;
    }
    if (rule instanceof ScheduleRule.Fixed fixed) {
      Arrays.fill(schedules, fixed.schedule());
      return schedules;
    }
    int at = in.start(Section.BASIS);
    if (in.length(Section.BASIS) < layout.scheduleBytes()) {
      throw new MalformedBlockException(
          "section BASIS has %d bytes, schedules alone have %d"
              .formatted(in.length(Section.BASIS), layout.scheduleBytes()),
          at);
    }
    for (int part = 0; part < schedules.length; part++) {
      schedules[part] = schedule(in.bytes(), at + part * Schedule.GROUPS);
    }
    return schedules;
  }

  private static Schedule schedule(byte[] bytes, int at) {
    Integer[] widths = new Integer[Schedule.GROUPS];
    for (int g = 0; g < widths.length; g++) {
      widths[g] = (int) bytes[at + g];
    }
    try {
      return new Schedule(Arrays.asList(widths));
    } catch (IllegalArgumentException e) {
      throw new MalformedBlockException(e.getMessage(), at);
    }
  }

  @Override
  public Reconstruction decode(byte[] block, TensorShape expected) {
    EncodedBlock in = EncodedBlock.read(block, id, expected);
    SvdqLayout layout = layout(expected);
    Schedule[] schedules = schedules(in, layout);
    int tokens = expected.tokens();
    in.expectLength(Section.CODES, layout.codeBytes(schedules, tokens));
    in.expectLength(Section.PARAMETERS, layout.parameterBytes(schedules, tokens));
    in.expectLength(Section.BASIS, layout.basisBytes(schedules, tokens));
    in.expectLength(Section.EXACT, layout.exactBytes(tokens, in.dtype()));
    int prefill = tail.prefill(tokens);
    int coded = tail.frozen() ? tokens : prefill;
    BitReader codes = in.bits(Section.CODES);
    HalfReader parameters = in.halves(Section.PARAMETERS);
    HalfReader basis = in.halves(Section.BASIS, layout.scheduleBytes());
    float[] out = new float[expected.values()];
    for (int part = 0; part < layout.parts() && prefill > 0; part++) {
      SvdqPart decoded = SvdqPart.read(basis, schedules[part], layout.channels());
      float[] first = decode(codes, parameters, prefill, schedules[part], layout);
      decoded.rebuild(first, 0, prefill, out, part, expected);
      if (coded > prefill) {
        float[] last = decode(codes, parameters, coded - prefill, schedules[part], layout);
        decoded.rebuild(last, prefill, coded - prefill, out, part, expected);
      }
    }
    codes.finish();
    ExactTokens.decode(in, out, coded, tokens);
    return new Reconstruction(out, 0, tokens - coded);
  }

  private float[] decode(
      BitReader codes, HalfReader parameters, int tokens, Schedule schedule, SvdqLayout layout) {
    float[] latents = new float[schedule.keptChannels(layout.channels()) * tokens];
    for (int g = 0; g < Schedule.GROUPS; g++) {
      int from = Schedule.start(g, layout.channels());
      int count = Schedule.start(g + 1, layout.channels()) - from;
      int width = schedule.widths().get(g);
      if (width > 0) {
        new AffineQuantizer(width, levels)
            .decodeRuns(codes, parameters, latents, from * tokens, count, tokens, group);
      }
    }
    return latents;
  }

  @Override
  public ReadGrain readGrain(TensorShape shape) {
    return separateHeads ? ReadGrain.HEAD : ReadGrain.TOKEN;
  }

  @Override
  public int parameterGroup(TensorKind kind, TensorShape shape, int token) {
    int prefill = tail.prefill(shape.tokens());
    if (token < prefill) {
      return GroupQuantizer.groupOf(token, group);
    }
    return tail.frozen()
        ? GroupQuantizer.groupOf(prefill - 1, group)
            + 1
            + GroupQuantizer.groupOf(token - prefill, group)
        : -1;
  }

  @Override
  public List<Spectrum> spectra(TensorView view, byte[] block) {
    EncodedBlock in = EncodedBlock.open(block);
    SvdqLayout layout = layout(in.shape());
    Schedule[] schedules = schedules(in, layout);
    SvdqTheory theory = new SvdqTheory(group, levels, tail);
    List<Spectrum> spectra = new ArrayList<>();
    for (int part = 0; part < schedules.length; part++) {
      Integer head = separateHeads ? part : null;
      int first = part * layout.channels();
      spectra.add(theory.of(view, head, first, layout.channels(), schedules[part]));
    }
    return spectra;
  }

  @Override
  public long projectedBytes(TensorView view, byte[] block, int tokens) {
    EncodedBlock in = EncodedBlock.open(block);
    SvdqLayout layout = layout(in.shape());
    return layout.totalBytes(schedulesAt(tokens, view, in, layout), tokens, in.dtype());
  }

  /** What the rule chooses at another length from the spectrum of this prompt. */
  private Schedule[] schedulesAt(int tokens, TensorView view, EncodedBlock in, SvdqLayout layout) {
    checkTail(tokens);
    int prefill = tail.prefill(in.shape().tokens());
    if (tail.prefill(tokens) > 0 && rule.adaptive() && prefill == 0) {
      throw new UnencodableException(
          "a tail of %d tokens leaves none of %d for a schedule to be chosen by"
              .formatted(tail.tokens(), in.shape().tokens()));
    }
    if (rule instanceof ScheduleRule.Fixed fixed) {
      Schedule[] schedules = new Schedule[layout.parts()];
      Arrays.fill(schedules, fixed.schedule());
      return schedules;
    }
    boolean anew = rule instanceof ScheduleRule.Effective && tokens != in.shape().tokens();
    return anew ? chooseSchedules(view, layout, axes(view, layout), tokens) : schedules(in, layout);
  }
}
