package orders;

import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpStatus;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

@RestController
class OrderApi {
  record Accepted(String status, String orderId) {}

  private final KafkaTemplate<String, String> kafka;
  private final JsonMapper json;
  private final String topic;

  OrderApi(KafkaTemplate<String, String> kafka, JsonMapper json, @Value("${TOPIC}") String topic) {
    this.kafka = kafka;
    this.json = json;
    this.topic = topic;
  }

  @PostMapping("/api/Order/Send")
  @ResponseStatus(HttpStatus.ACCEPTED)
  CompletableFuture<Accepted> send(@RequestBody Order order) {
    String id = order.orderId() == null ? UUID.randomUUID().toString() : order.orderId();
    String value = json.writeValueAsString(new Order(id, order.product(), order.quantity()));
    return kafka.send(topic, id, value).thenApply(sent -> new Accepted("Success", id));
  }
}
