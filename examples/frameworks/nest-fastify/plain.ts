import 'reflect-metadata'
import { Controller, Get, Module, Param } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { findOrder, listOrders, shipOrder } from '../orders.ts'

const port = Number(process.env['PORT'] ?? 8080)

@Controller('orders')
class Orders {
  @Get()
  list() {
    return listOrders()
  }

  @Get(':id')
  find(@Param('id') id: string) {
    return findOrder(id)
  }

  @Get(':id/ship')
  ship(@Param('id') id: string) {
    return shipOrder(id)
  }
}

@Module({ controllers: [Orders] })
class Application {}

const app = await NestFactory.create(Application, new FastifyAdapter())
await app.listen(port)
