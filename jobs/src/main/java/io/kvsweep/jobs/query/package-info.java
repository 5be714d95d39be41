/** SQL over what lies in an output folder: the results, the tables made of them, and the runs. */
package io.kvsweep.jobs.query;
