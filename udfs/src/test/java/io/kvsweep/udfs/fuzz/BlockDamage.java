package io.kvsweep.udfs.fuzz;

import io.kvsweep.datasets.tensor.LittleEndian;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Ways to damage a block. Each field and section is as likely to be met as any other. */
enum BlockDamage {
  BIT {
    @Override
    byte[] apply(byte[] block, byte[] other, SplittableRandom random) {
      byte[] out = block.clone();
      out[somewhere(block, random)] ^= (byte) (1 << random.nextInt(8));
      return out;
    }
  },
  SEVERAL_BITS {
    @Override
    byte[] apply(byte[] block, byte[] other, SplittableRandom random) {
      byte[] out = block.clone();
      for (int i = random.nextInt(2, 20); i > 0; i--) {
        out[somewhere(block, random)] ^= (byte) (1 << random.nextInt(8));
      }
      return out;
    }
  },
  EXTREME_BYTES {
    @Override
    byte[] apply(byte[] block, byte[] other, SplittableRandom random) {
      byte[] out = block.clone();
      int from = somewhere(block, random);
      int to = Math.min(out.length, from + random.nextInt(1, 5));
      Arrays.fill(out, from, to, (byte) (random.nextBoolean() ? 0 : 255));
      return out;
    }
  },
  TRUNCATION_AT_A_BORDER {
    @Override
    byte[] apply(byte[] block, byte[] other, SplittableRandom random) {
      int border = anyOf(Region.values(), random).from(block);
      return Arrays.copyOf(block, Math.max(0, border - random.nextInt(2)));
    }
  },
  TRUNCATION {
    @Override
    byte[] apply(byte[] block, byte[] other, SplittableRandom random) {
      return Arrays.copyOf(block, somewhere(block, random));
    }
  },
  EXTENSION {
    @Override
    byte[] apply(byte[] block, byte[] other, SplittableRandom random) {
      byte[] out = Arrays.copyOf(block, block.length + random.nextInt(1, 40));
      if (random.nextBoolean()) {
        System.arraycopy(
            other, 0, out, block.length, Math.min(other.length, out.length - block.length));
      }
      return out;
    }
  },
  LYING_FIELD {
    @Override
    byte[] apply(byte[] block, byte[] other, SplittableRandom random) {
      byte[] out = block.clone();
      int at = 12 + 4 * random.nextInt(8); // specification, shape, lengths
      int now = LittleEndian.getInt(block, at);
      int[] lies = {
        0,
        -1,
        Integer.MIN_VALUE,
        Integer.MAX_VALUE,
        Integer.MAX_VALUE - 8,
        1 << 16,
        1 << 22,
        1 << 30,
        now - 1,
        now + 1,
        2 * now,
        now / 2,
        -now,
        random.nextInt()
      };
      LittleEndian.putInt(out, at, lies[random.nextInt(lies.length)]);
      return out;
    }
  },
  /** Two lengths that lie and still sum to the length of the block. */
  MOVED_BORDER {
    @Override
    byte[] apply(byte[] block, byte[] other, SplittableRandom random) {
      byte[] out = block.clone();
      int from = 28 + 4 * random.nextInt(4);
      int to = 28 + 4 * random.nextInt(4);
      int moved = random.nextInt(0, Math.max(1, LittleEndian.getInt(out, from)) + 1);
      LittleEndian.putInt(out, from, LittleEndian.getInt(out, from) - moved);
      LittleEndian.putInt(out, to, LittleEndian.getInt(out, to) + moved);
      return out;
    }
  },
  /** Sizes that lie and still have the product that they had. */
  EXCHANGED_SIZES {
    @Override
    byte[] apply(byte[] block, byte[] other, SplittableRandom random) {
      byte[] out = block.clone();
      int from = 16 + 4 * random.nextInt(3);
      int to = 16 + 4 * random.nextInt(3);
      if (random.nextBoolean()) {
        LittleEndian.putInt(out, from, LittleEndian.getInt(block, to));
        LittleEndian.putInt(out, to, LittleEndian.getInt(block, from));
      } else if (LittleEndian.getInt(block, from) % 2 == 0 && from != to) {
        LittleEndian.putInt(out, from, LittleEndian.getInt(block, from) / 2);
        LittleEndian.putInt(out, to, LittleEndian.getInt(block, to) * 2);
      }
      return out;
    }
  },
  SWAPPED_SECTIONS {
    @Override
    byte[] apply(byte[] block, byte[] other, SplittableRandom random) {
      int a = random.nextInt(4);
      int b = random.nextInt(4);
      boolean lengthsToo = random.nextBoolean();
      byte[] out = block.clone();
      int at = 48;
      for (int i = 0; i < 4; i++) {
        Region content = section(i == a ? b : i == b ? a : i);
        int length = content.to(block) - content.from(block);
        System.arraycopy(block, content.from(block), out, at, length);
        at += length;
        if (lengthsToo) {
          LittleEndian.putInt(out, 28 + 4 * i, length);
        }
      }
      return out;
    }
  },
  HEADER_OF_ANOTHER {
    @Override
    byte[] apply(byte[] block, byte[] other, SplittableRandom random) {
      byte[] out = block.clone();
      System.arraycopy(other, 0, out, 0, random.nextBoolean() ? 28 : 48);
      return out;
    }
  },
  BODY_OF_ANOTHER {
    @Override
    byte[] apply(byte[] block, byte[] other, SplittableRandom random) {
      byte[] out = Arrays.copyOf(other, random.nextBoolean() ? other.length : block.length);
      System.arraycopy(block, 0, out, 0, random.nextBoolean() ? 28 : 48);
      return out;
    }
  };

  private static final List<BlockDamage> ALL = List.of(values());

  /** A damaged copy; equal to the block where the damage happens to change nothing. */
  abstract byte[] apply(byte[] block, byte[] other, SplittableRandom random);

  static BlockDamage any(SplittableRandom random) {
    return ALL.get(random.nextInt(ALL.size()));
  }

  /** Regions of the sound block that the damage changed; where it was cut, the one cut into. */
  static Set<Region> hit(byte[] block, byte[] damaged) {
    Set<Region> hit = EnumSet.noneOf(Region.class);
    int common = Math.min(block.length, damaged.length);
    for (int at = Arrays.mismatch(block, 0, common, damaged, 0, common); at >= 0 && at < common; ) {
      hit.add(Region.of(block, at));
      int next = Arrays.mismatch(block, at + 1, common, damaged, at + 1, common);
      at = next < 0 ? common : at + 1 + next;
    }
    if (block.length != damaged.length) {
      hit.add(Region.of(block, damaged.length));
    }
    return hit;
  }

  static Region section(int i) {
    return Region.values()[Region.CODES.ordinal() + i];
  }

  static Region anyOf(Region[] regions, SplittableRandom random) {
    return regions[random.nextInt(regions.length)];
  }

  static int somewhere(byte[] block, SplittableRandom random) {
    Region region = anyOf(Region.values(), random);
    int from = region.from(block);
    int to = region.to(block);
    return from < to ? random.nextInt(from, to) : random.nextInt(block.length);
  }
}
