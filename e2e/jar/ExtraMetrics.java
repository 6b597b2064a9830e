package org.example;

import java.util.Properties;
import org.apache.zookeeper.metrics.impl.DefaultMetricsProvider;

/**
 * A provider of metrics that says that it is used, and otherwise does what ZooKeeper's own does.
 *
 * It is compiled for Java 8: javac --release 8 -g:none -cp zookeeper-3.6.3.jar ExtraMetrics.java
 */
public final class ExtraMetrics extends DefaultMetricsProvider {
    @Override
    public void configure(Properties properties) {
        System.out.println("ExtraMetrics is used");
    }
}
