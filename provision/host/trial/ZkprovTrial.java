import java.lang.reflect.InvocationTargetException;

/**
 * Reads files as a ZooKeeper server would, with the release's own QuorumPeerConfig, and
 * starts none. Each argument is the path of a zoo.cfg. For a file that cannot be used it
 * prints the path and why to the standard error, and exits with 2, as a server does.
 *
 * It is compiled for Java 8 without the release: javac --release 8 -g:none ZkprovTrial.java
 */
public final class ZkprovTrial {
    public static void main(String[] paths) throws Exception {
        Class<?> config = Class.forName("org.apache.zookeeper.server.quorum.QuorumPeerConfig");
        int status = 0;
        for (String path : paths) {
            try {
                config.getMethod("parse", String.class).invoke(config.getConstructor().newInstance(), path);
            } catch (InvocationTargetException e) {
                StringBuilder why = new StringBuilder("zkprov-trial: " + path);
                for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
                    why.append(": ").append(cause);
                }
                System.err.println(why.toString().replace('\n', ' '));
                status = 2;
            }
        }
        System.exit(status);
    }
}
