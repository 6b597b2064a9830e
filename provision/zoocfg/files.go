package zoocfg

import (
	"strconv"
	"time"

	"github.com/zkprov/zkprov/inventory"
)

// Myid returns the content of the file myid of a data directory. ZooKeeper does not
// trim its first line (QuorumPeerConfig.setupMyId), so that has the number alone.
func Myid(id int) []byte { return []byte(strconv.Itoa(id) + "\n") }

// Logging returns the name and the content of the file that configures ZooKeeper's
// logging: log4j 1.2 up to 3.7, logback from 3.8 on. Everything goes to the standard
// output, which is the journal; lines have no time of their own, as the journal adds
// it.
func Logging(v inventory.Version) (name string, content []byte) {
	if v.Before("3.8.0") {
		return log4jName, []byte(log4j)
	}
	return logbackName, []byte(logback)
}

const (
	log4jName   = "log4j.properties"
	logbackName = "logback.xml"
)

// LoggingNames returns the names that Logging gives, of all releases.
func LoggingNames() []string { return []string{log4jName, logbackName} }

const log4j = `# Written by zkprov. To the standard output, which is the journal.
log4j.rootLogger=INFO, JOURNAL
log4j.appender.JOURNAL=org.apache.log4j.ConsoleAppender
log4j.appender.JOURNAL.layout=org.apache.log4j.PatternLayout
log4j.appender.JOURNAL.layout.ConversionPattern=%-5p [%t:%C{1}@%L] - %m%n
`

const logback = `<!-- Written by zkprov. To the standard output, which is the journal. -->
<configuration>
  <appender name="JOURNAL" class="ch.qos.logback.core.ConsoleAppender">
    <encoder>
      <pattern>%-5p [%t:%C{1}@%L] - %m%n</pattern>
    </encoder>
  </appender>
  <root level="INFO">
    <appender-ref ref="JOURNAL"/>
  </root>
</configuration>
`

// Timing holds tickTime, initLimit and syncLimit as durations.
type Timing struct {
	Tick time.Duration
	// Init bounds a follower's connection to a new leader and the copying.
	Init time.Duration
	// Sync bounds how far a follower lags behind.
	Sync time.Duration
}

// Limits returns the timing of an instance. A value that is not set, not a number or
// out of its bounds counts as zkprov's default.
func Limits(in *inventory.Instance) Timing {
	tick := time.Duration(number64(in, "tickTime")) * time.Millisecond
	return Timing{
		Tick: tick,
		Init: time.Duration(number64(in, "initLimit")) * tick,
		Sync: time.Duration(number64(in, "syncLimit")) * tick,
	}
}

// number64 returns the number that key is set to, or zkprov's default where that is
// none.
func number64(in *inventory.Instance, key string) int64 {
	n, err := strconv.ParseInt(value(in, key), 10, 64)
	if k, _ := find(key); err != nil || n < k.min || n > k.max {
		d, _ := defaults().Get(key)
		n, _ = strconv.ParseInt(d, 10, 64)
	}
	return n
}
