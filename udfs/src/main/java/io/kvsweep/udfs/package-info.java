/**
 * Turns a tensor into bytes and back, says how good that was, and offers it to Spark SQL.
 *
 * <p>Only {@code io.kvsweep.udfs.sql} imports Spark; a build rule enforces it.
 */
package io.kvsweep.udfs;
