package io.kvsweep.udfs.sql;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.analysis.TypeCheckResult;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.ImplicitCastInputTypes;
import org.apache.spark.sql.catalyst.expressions.aggregate.ImperativeAggregate;
import org.apache.spark.sql.catalyst.expressions.aggregate.TypedImperativeAggregate;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * {@code kv_join_blocks}: the aggregate that puts the blocks of one tensor together. A group
 * without rows, or with a null in one, gives null: half a tensor has no error. Deterministic, in
 * whatever order the rows come, but for one case: a group beyond the bound is an error as soon as
 * it is noticed, also where a null would have come later. That blocks are missing at either end
 * nobody can see here: a group begins with its first block, and how many tokens a tensor has is not
 * among the arguments. The result tells which tokens it has.
 */
public final class KvJoinBlocks extends TypedImperativeAggregate<TensorBlocks>
    implements ImplicitCastInputTypes, Serializable {
  private static final long serialVersionUID = 1L;

  static final String NAME = "kv_join_blocks";

  static final List<SqlArgument> ARGUMENTS =
      Stream.concat(
              Stream.of(
                  new SqlArgument(
                      "token_start", DataTypes.LongType, "position of the block's first token")),
              StoredTensor.ARGUMENTS.stream())
          .toList();

  static final StructType RESULT =
      new StructType()
          .add("token_start", DataTypes.IntegerType, false)
          .add("payload", DataTypes.BinaryType, false)
          .add("dtype", DataTypes.StringType, false)
          .add("tokens", DataTypes.IntegerType, false)
          .add("heads", DataTypes.IntegerType, false)
          .add("head_dim", DataTypes.IntegerType, false);

  static final String NOTE =
      "Blocks that overlap, leave a gap or differ in heads, channels or dtype are an error, and so"
          + " is a group beyond 2 GiB. A null in one row makes the group's result null. A first or last"
          + " block that is missing is not noticed: kv_join_blocks(...).token_start and .tokens tell"
          + " what a group has. A group is held in memory.";

  /** A tensor in two blocks, for examples. */
  static final String TWO_BLOCKS = "FROM VALUES (1, X'00BC00C0'), (0, X'003C0040') AS blocks(s, p)";

  static final SqlFunction FUNCTION =
      new SqlFunction(
          NAME,
          KvJoinBlocks.class,
          SqlFunction.OF_A_GROUP,
          ARGUMENTS,
          "aggregate: joins the blocks of a tensor by token_start and returns a struct that has what"
              + " the other functions take",
          """
          > SELECT hex(t.payload), t.tokens
              FROM (SELECT _FUNC_(s, p, 'f16', 1, 1, 2) AS t %s);
           003C004000BC00C0	2
          """
              .formatted(TWO_BLOCKS),
          NOTE,
          KvJoinBlocks::new);

  private final Expression[] children;
  private final int mutableOffset;
  private final int inputOffset;

  KvJoinBlocks(List<Expression> children) {
    this(children.toArray(new Expression[0]), 0, 0);
  }

  private KvJoinBlocks(Expression[] children, int mutableOffset, int inputOffset) {
    this.children = children;
    this.mutableOffset = mutableOffset;
    this.inputOffset = inputOffset;
  }

  /** Fields of the result that other functions take, in the order of their arguments. */
  static List<String> tensorFields() {
    return StoredTensor.ARGUMENTS.stream().map(SqlArgument::name).toList();
  }

  @Override
  public TensorBlocks createAggregationBuffer() {
    return new TensorBlocks(TensorBlocks.MAX_BYTES);
  }

  @Override
  public TensorBlocks update(TensorBlocks blocks, InternalRow row) {
    List<Object> values = new ArrayList<>();
    for (Expression child : children) {
      Object value = child.eval(row);
      if (value == null) {
        blocks.addUnknown();
        return blocks;
      }
      values.add(value);
    }
    TensorBlocks.Part part =
        new TensorBlocks.Part(
            (Long) values.get(0),
            (byte[]) values.get(1),
            values.get(2).toString(),
            (Long) values.get(3),
            (Long) values.get(4),
            (Long) values.get(5));
    return SqlFailure.guard(
        NAME,
        () -> {
          blocks.add(part);
          return blocks;
        });
  }

  @Override
  public TensorBlocks merge(TensorBlocks blocks, TensorBlocks more) {
    return SqlFailure.guard(
        NAME,
        () -> {
          blocks.addAll(more);
          return blocks;
        });
  }

  @Override
  public Object eval(TensorBlocks blocks) {
    return SqlFailure.guard(NAME, () -> blocks.join().map(KvJoinBlocks::row).orElse(null));
  }

  private static InternalRow row(TensorBlocks.Joined joined) {
    return new GenericInternalRow(
        new Object[] {
          joined.tokenStart(),
          joined.payload(),
          UTF8String.fromString(joined.dtype().label()),
          joined.shape().tokens(),
          joined.shape().heads(),
          joined.shape().headDim()
        });
  }

  @Override
  public byte[] serialize(TensorBlocks blocks) {
    return blocks.write();
  }

  @Override
  public TensorBlocks deserialize(byte[] bytes) {
    return TensorBlocks.read(bytes, TensorBlocks.MAX_BYTES);
  }

  @Override
  public Seq<AbstractDataType> inputTypes() {
    return CollectionConverters.asScala(SqlFunction.types(ARGUMENTS, ARGUMENTS.size())).toSeq();
  }

  @Override
  public TypeCheckResult checkInputDataTypes() {
    return ImplicitCastInputTypes.super.checkInputDataTypes();
  }

  @Override
  public DataType dataType() {
    return RESULT;
  }

  @Override
  public boolean nullable() {
    return true;
  }

  @Override
  public String prettyName() {
    return NAME;
  }

  // What follows is what Scala writes by itself for a case class of these three fields.

  @Override
  public Seq<Expression> children() {
    return CollectionConverters.asScala(Arrays.asList(children)).toSeq();
  }

  @Override
  public KvJoinBlocks withNewChildrenInternal(IndexedSeq<Expression> newChildren) {
    Expression[] copy = CollectionConverters.asJava(newChildren).toArray(new Expression[0]);
    return new KvJoinBlocks(copy, mutableOffset, inputOffset);
  }

  @Override
  public int mutableAggBufferOffset() {
    return mutableOffset;
  }

  @Override
  public int inputAggBufferOffset() {
    return inputOffset;
  }

  @Override
  public ImperativeAggregate withNewMutableAggBufferOffset(int offset) {
    return new KvJoinBlocks(children, offset, inputOffset);
  }

  @Override
  public ImperativeAggregate withNewInputAggBufferOffset(int offset) {
    return new KvJoinBlocks(children, mutableOffset, offset);
  }

  @Override
  public int productArity() {
    return 3;
  }

  @Override
  public Object productElement(int n) {
    return switch (n) {
      case 0 -> children();
      case 1 -> mutableOffset;
      case 2 -> inputOffset;
      default -> throw new IndexOutOfBoundsException(n);
    };
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof KvJoinBlocks;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof KvJoinBlocks blocks
        && Arrays.equals(children, blocks.children)
        && mutableOffset == blocks.mutableOffset
        && inputOffset == blocks.inputOffset;
  }

  @Override
  public int hashCode() {
    return super.hashCode();
  }
}
