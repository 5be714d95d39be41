/**
 * Reads foreign captures and writes one checked, canonical Parquet form.
 *
 * <p>No Spark here: parquet-hadoop and the Hadoop file system only. {@code tensor} holds the value
 * types that every module shares, {@code capture} reads safetensors, {@code canonical} writes and
 * reads the dataset, {@code synth} makes seeded captures of any shape.
 */
package io.kvsweep.datasets;
