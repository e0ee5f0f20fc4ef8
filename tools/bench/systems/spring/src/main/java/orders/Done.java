package orders;

import com.sun.net.httpserver.HttpServer;
import jakarta.annotation.PostConstruct;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Queue;
import java.util.StringJoiner;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/** What was processed in this process, for whoever measures it. */
@Component
class Done {
  private final AtomicLong processed = new AtomicLong();
  private final Queue<String> completed = new ConcurrentLinkedQueue<>();
  private final boolean keepsTimes;
  private final int port;

  Done(@Value("${KEEP_TIMES}") boolean keepsTimes, @Value("${DONE_PORT}") int port) {
    this.keepsTimes = keepsTimes;
    this.port = port;
  }

  void add(String orderId) {
    if (keepsTimes) {
      Instant now = Instant.now();
      double ms = now.getEpochSecond() * 1e3 + now.getNano() / 1e6;
      completed.add("[\"" + orderId + "\"," + String.format(java.util.Locale.ROOT, "%.3f", ms) + "]");
    }
    processed.incrementAndGet();
  }

  @PostConstruct
  void serve() throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext(
        "/",
        exchange -> {
          StringJoiner since = new StringJoiner(",");
          for (String each = completed.poll(); each != null; each = completed.poll()) since.add(each);
          String text = "{\"processed\":" + processed.get() + ",\"completed\":[" + since + "]}";
          byte[] body = text.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }
}
