/** Plans a sweep, runs it on Spark, aggregates and reports. */
package io.kvsweep.jobs;
