package io.kvsweep.udfs.sql;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.TensorShape;
import org.junit.jupiter.api.Test;

class TensorBlocksTest {
  /** One token of one head of two channels. */
  private static TensorBlocks.Part part(int tokenStart, int... payload) {
    byte[] bytes = new byte[4];
    for (int i = 0; i < payload.length; i++) {
      bytes[i] = (byte) payload[i];
    }
    return new TensorBlocks.Part(tokenStart, bytes, "f16", 1, 1, 2);
  }

  private static TensorBlocks blocks(TensorBlocks.Part... parts) {
    TensorBlocks blocks = new TensorBlocks(TensorBlocks.MAX_BYTES);
    for (TensorBlocks.Part part : parts) {
      blocks.add(part);
    }
    return blocks;
  }

  @Test
  void joinsInTheOrderOfTokens() {
    TensorBlocks.Joined joined =
        blocks(part(9, 5, 6, 7, 8), part(8, 1, 2, 3, 4)).join().orElseThrow();
    assertEquals(8, joined.tokenStart());
    assertEquals(new TensorShape(2, 1, 2), joined.shape());
    assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, joined.payload());
  }

  @Test
  void partsOfAGroupMeetInAnyOrder() {
    byte[] all = blocks(part(0, 1), part(1, 2), part(2, 3)).join().orElseThrow().payload();
    TensorBlocks left = blocks(part(2, 3));
    left.addAll(TensorBlocks.read(blocks(part(1, 2), part(0, 1)).write(), 1 << 20));
    assertArrayEquals(all, left.join().orElseThrow().payload());
    left.addAll(blocks());
    assertArrayEquals(all, left.join().orElseThrow().payload());
  }

  @Test
  void oneUnknownRowMakesAllUnknown() {
    TensorBlocks unknown = blocks(part(0));
    unknown.addUnknown();
    unknown.add(part(1));
    assertTrue(unknown.join().isEmpty());
    TensorBlocks other = blocks(part(5));
    other.addAll(TensorBlocks.read(unknown.write(), 1 << 20));
    assertTrue(other.join().isEmpty());
    assertTrue(blocks().join().isEmpty());
  }

  @Test
  void aGroupBeyondTheBoundIsRefusedBeforeItIsKept() {
    TensorBlocks blocks = new TensorBlocks(2 * (4 + 64)); // two payloads and what stands beside
    blocks.add(part(0));
    blocks.add(part(1));
    InvalidInputException e = assertThrows(InvalidInputException.class, () -> blocks.add(part(2)));
    assertEquals(
        "the blocks of a group hold more than 136 bytes, with the one at token_start 2 at least 204:"
            + " group by model, prompt, layer and kind; a longer tensor is for kvsweep sweep",
        e.getMessage());
  }

  /** A group that begins late or ends early is one: what is there tells nothing of what is not. */
  @Test
  void aBlockThatIsMissingAtAnEndIsNotNoticed() {
    TensorBlocks.Joined joined = blocks(part(1, 1), part(2, 2)).join().orElseThrow();
    assertEquals(1, joined.tokenStart());
    assertEquals(2, joined.shape().tokens());
    assertEquals(1, blocks(part(0, 1)).join().orElseThrow().shape().tokens());
  }

  /** What a column holds that is none of formats, whole, and with our message. */
  @Test
  void anyTextOfAFormatTravels() {
    String text = "f".repeat(70_000);
    TensorBlocks written = blocks(new TensorBlocks.Part(0, new byte[4], text, 1, 1, 2), part(1));
    TensorBlocks read = TensorBlocks.read(written.write(), 1 << 20);
    InvalidInputException e = assertThrows(InvalidInputException.class, read::join);
    assertTrue(e.getMessage().startsWith("unknown dtype '" + text + "'"), e.getMessage());
  }
}
