package io.kvsweep.jobs.aggregate;

import java.io.Serializable;

/** What a line of the summary is about. */
public record GroupKey(String model, String kind, String method, String methodSpec, long seed)
    implements Serializable {
  /** Stands for the model in lines over models. */
  public static final String ALL_MODELS = "all models";

  GroupKey overModels() {
    return new GroupKey(ALL_MODELS, kind, method, methodSpec, seed);
  }
}
