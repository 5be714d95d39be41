package io.kvsweep.datasets.capture;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.JsonFields;
import io.kvsweep.datasets.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON header of a safetensors file, checked against the bytes that are there: every tensor
 * lies inside the data, its size is that of its shape, and together they cover the data without
 * overlap or hole.
 */
record SafetensorsHeader(Map<String, String> metadata, Map<String, Entry> entries) {
  private static final String METADATA = "__metadata__";

  /** One tensor: bytes {@code [begin, end)} after the header. */
  record Entry(String name, DType dtype, List<Long> shape, long begin, long end) {}

  static SafetensorsHeader parse(byte[] json, long dataBytes, String place) {
    if (json.length == 0 || json[0] != '{') {
      throw new InvalidInputException(
          place + ": the header does not begin with '{'; is this a safetensors file?");
    }
    JsonFields fields = JsonFields.parse(json, place + ": header");
    Map<String, String> metadata = Map.of();
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (String name : fields.keys()) {
      if (name.equals(METADATA)) {
        metadata = fields.object(name).texts();
      } else {
        entries.put(name, entry(name, fields.object(name), dataBytes, place));
      }
    }
    checkCoverage(entries.values(), dataBytes, place);
    return new SafetensorsHeader(metadata, entries);
  }

  private static Entry entry(String name, JsonFields fields, long dataBytes, String place) {
    fields.allowOnly("dtype", "shape", "data_offsets");
    DType dtype = dtype(name, fields.text("dtype"), place);
    long[] shape = fields.integers("shape", 0);
    long[] offsets = fields.integers("data_offsets", Long.MIN_VALUE);
    if (offsets.length != 2 || offsets[0] < 0 || offsets[1] < offsets[0]) {
      throw new InvalidInputException(
          "%s: tensor '%s' has data_offsets %s; expected [begin, end] with 0 <= begin <= end"
              .formatted(place, name, Arrays.toString(offsets)));
    }
    if (offsets[1] > dataBytes) {
      throw new InvalidInputException(
          "%s: tensor '%s' ends at data byte %d, but the file holds %d bytes of data; it is truncated or its header is wrong: copy or capture it again"
              .formatted(place, name, offsets[1], dataBytes));
    }
    long expected = bytes(name, shape, dtype, place);
    if (offsets[1] - offsets[0] != expected) {
      throw new InvalidInputException(
          "%s: tensor '%s' of shape %s and dtype %s needs %d bytes, but its data_offsets %s span %d"
              .formatted(
                  place,
                  name,
                  Arrays.toString(shape),
                  dtype,
                  expected,
                  Arrays.toString(offsets),
                  offsets[1] - offsets[0]));
    }
    List<Long> sizes = Arrays.stream(shape).boxed().toList();
    return new Entry(name, dtype, sizes, offsets[0], offsets[1]);
  }

  private static DType dtype(String name, String label, String place) {
    try {
      return DType.of(label);
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(
          "%s: tensor '%s': %s".formatted(place, name, e.getMessage()), e);
    }
  }

  private static long bytes(String name, long[] shape, DType dtype, String place) {
    long product = dtype.bytes();
    try {
      for (long size : shape) {
        product = Math.multiplyExact(product, size);
      }
      return product;
    } catch (ArithmeticException e) {
      throw new InvalidInputException(
          "%s: tensor '%s' has shape %s, more than 2^63 bytes; the header is wrong"
              .formatted(place, name, Arrays.toString(shape)),
          e);
    }
  }

  private static void checkCoverage(Collection<Entry> entries, long dataBytes, String place) {
    List<Entry> sorted = new ArrayList<>(entries);
    sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long next = 0;
    String before = "the header";
    for (Entry entry : sorted) {
      if (entry.begin() != next) {
        throw new InvalidInputException(
            "%s: tensor '%s' begins at data byte %d, %s %s, which ends at %d; expected no overlap and no hole: capture it again"
                .formatted(
                    place,
                    entry.name(),
                    entry.begin(),
                    entry.begin() < next ? "overlapping" : "leaving a hole after",
                    before,
                    next));
      }
      next = entry.end();
      before = "tensor '" + entry.name() + "'";
    }
    if (next != dataBytes) {
      throw new InvalidInputException(
          "%s: the tensors end at data byte %d, but the file holds %d bytes of data; expected none left over: capture it again"
              .formatted(place, next, dataBytes));
    }
  }
}
