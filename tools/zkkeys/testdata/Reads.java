// Read by TestExtract; compile with javac --release 8 -g:none.
package org.apache.zookeeper.server;

public class Reads {
    static final int N = Integer.getInteger("zookeeper.static", 7);
    static final String PREFIX = "zookeeper.pre.";
    private final String suffixed = prefix() + "fix";

    String prefix() {
        return "unused.";
    }

    static class Below extends Reads {
        @Override
        String prefix() {
            return PREFIX;
        }
    }

    int parsed() {
        return Integer.parseInt(System.getProperty("zookeeper.parsed", "5"));
    }

    int caught() {
        try {
            return Integer.parseInt(System.getProperty("zookeeper.caught"));
        } catch (NumberFormatException e) {
            return 3;
        }
    }

    int thrown() {
        try {
            return Integer.parseInt(System.getProperty("zookeeper.thrown"));
        } catch (NumberFormatException e) {
            throw new IllegalStateException(e);
        }
    }

    boolean words() {
        String value = System.getProperty("zookeeper.words", "yes").trim();
        return value.equals("no") || value.equalsIgnoreCase("never");
    }

    String put() {
        return System.getProperty(suffixed);
    }

    boolean passed() {
        return on("zookeeper.passed.one") || on("zookeeper.passed.two");
    }

    static boolean on(String key) {
        return Boolean.getBoolean(key);
    }

    String part(String name) {
        return System.getProperty("zookeeper.part." + name);
    }

    String both() {
        String key = "zookeeper.both";
        String value = System.getProperty(key);
        return value != null ? value : System.getProperty(key.replace("zookeeper.", ""));
    }

    enum Kind { ONE, TWO }

    Kind kind() {
        return Kind.valueOf(System.getProperty("zookeeper.kind").toUpperCase());
    }

    String late() {
        int n = 0;
        try {
            n = Integer.parseInt("1");
        } catch (NumberFormatException e) {
            return System.getProperty("zookeeper.late");
        }
        return System.getProperty("java.home") + n;
    }
}
