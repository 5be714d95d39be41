/** Plans a sweep from metadata and runs it as a Spark SQL plan over the table of units. */
package io.kvsweep.jobs.sweep;
