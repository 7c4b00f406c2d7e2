import { MqttClient } from 'mqtt'

/** An MQTT client that can be too busy for its link: meanwhile packets wait unread and unanswered, and nobody is pinged. */
export class FirmwareClient extends MqttClient {
  /** Reads nothing and pings nobody. */
  blocked = false
  #waiting: (() => void)[] = []
  #silent = false

  whenFree(task: () => void): void {
    if (this.blocked) this.#waiting.push(task)
    else task()
  }

  free(): void {
    this.blocked = false
    for (const task of this.#waiting.splice(0)) task()
    const overdue = this.#silent && this.connected
    this.#silent = false
    if (!overdue) return
    this.reschedulePing(true)
    this.sendPing()
  }

  override sendPing(): void {
    if (this.blocked) this.#silent = true
    else super.sendPing()
  }

  override onKeepaliveTimeout(): void {
    if (this.blocked) this.#silent = true
    else super.onKeepaliveTimeout()
  }
}
