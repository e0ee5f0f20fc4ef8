package orders;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

@Component
class OrderListener {
  private final Map<String, Order> orders = new ConcurrentHashMap<>();
  private final JsonMapper json;
  private final Done done;
  private final int minWorkMs;
  private final int maxWorkMs;

  OrderListener(JsonMapper json, Done done, @Value("${WORK_MS}") String workMs) {
    String[] range = workMs.split("-");
    this.json = json;
    this.done = done;
    this.minWorkMs = Integer.parseInt(range[0]);
    this.maxWorkMs = Integer.parseInt(range[range.length - 1]);
  }

  @KafkaListener(topics = "${TOPIC}")
  void process(String value) throws InterruptedException {
    Order order = json.readValue(value, Order.class);
    if (maxWorkMs > 0) Thread.sleep(ThreadLocalRandom.current().nextInt(minWorkMs, maxWorkMs + 1));
    orders.put(order.orderId(), order);
    done.add(order.orderId());
  }
}
