package io.kvsweep.jobs.cli;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;

/** Hadoop's settings as Spark sees them: its files and every {@code spark.hadoop.*} property. */
public final class HadoopConf {
  private HadoopConf() {}

  public static Configuration current() {
    return SparkHadoopUtil.get().newConfiguration(new SparkConf());
  }
}
