package io.kvsweep.jobs.results;

import io.kvsweep.udfs.result.HeadResult;
import io.kvsweep.udfs.result.ResultColumn;
import io.kvsweep.udfs.result.ResultRow;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/** Result rows as Parquet's generic records and back. */
final class RowGroups {
  private static final Map<String, ResultColumn> COLUMNS =
      Arrays.stream(ResultColumn.values())
          .collect(Collectors.toMap(ResultColumn::label, Function.identity()));

  private RowGroups() {}

  static ResultColumn column(String label) {
    return COLUMNS.get(label);
  }

  static Group toGroup(ResultRow row, MessageType schema) {
    Group group = new SimpleGroup(schema);
    for (ResultColumn column : ResultColumn.values()) {
      Object value = row.get(column);
      if (value == null) {
        continue;
      }
      switch (column.type()) {
        case STRING -> group.add(column.label(), (String) value);
        case INT -> group.add(column.label(), (Integer) value);
        case LONG -> group.add(column.label(), (Long) value);
        case DOUBLE -> group.add(column.label(), (Double) value);
        case HEADS -> addHeads(group.addGroup(column.label()), (HeadResult[]) value);
      }
    }
    return group;
  }

  private static void addHeads(Group list, HeadResult[] heads) {
    for (HeadResult head : heads) {
      Group element = list.addGroup("list").addGroup("element");
      element.add("head", head.head());
      add(element, "nmse", head.nmse());
      add(element, "logit_rms", head.logitRms());
      add(element, "attention_kl", head.attentionKl());
      add(element, "output_error", head.outputError());
    }
  }

  private static void add(Group group, String name, Double value) {
    if (value != null) {
      group.add(name, (double) value);
    }
  }

  static ResultRow fromGroup(Group group) {
    ResultRow.Builder row = ResultRow.builder();
    for (Type field : group.getType().getFields()) {
      String name = field.getName();
      if (group.getFieldRepetitionCount(name) == 0) {
        continue;
      }
      ResultColumn column = column(name);
      row.set(
          column,
          switch (column.type()) {
            case STRING -> group.getString(name, 0);
            case INT -> group.getInteger(name, 0);
            case LONG -> group.getLong(name, 0);
            case DOUBLE -> group.getDouble(name, 0);
            case HEADS -> heads(group.getGroup(name, 0));
          });
    }
    return row.build();
  }

  private static HeadResult[] heads(Group list) {
    HeadResult[] heads = new HeadResult[list.getFieldRepetitionCount(0)];
    for (int i = 0; i < heads.length; i++) {
      Group element = list.getGroup(0, i).getGroup(0, 0);
      heads[i] =
          new HeadResult(
              element.getInteger("head", 0),
              optional(element, "nmse"),
              optional(element, "logit_rms"),
              optional(element, "attention_kl"),
              optional(element, "output_error"));
    }
    return heads;
  }

  private static Double optional(Group group, String name) {
    return group.getFieldRepetitionCount(name) == 0 ? null : (Double) group.getDouble(name, 0);
  }
}
