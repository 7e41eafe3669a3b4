export { type KafkaPayload, kafkaMessage, kafkaProducer } from './clients/kafka.ts'
export { pg } from './clients/pg.ts'
export { redis } from './clients/redis.ts'
export { type SqsAttribute, sqsAttributes, sqsHeaders } from './clients/sqs.ts'
