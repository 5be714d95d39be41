/**
 * Small files on whatever file system Hadoop knows, put in place in one step: local disk, HDFS,
 * object stores.
 */
package io.kvsweep.jobs.storage;
